import { expect, it } from 'vitest';
import { buildAnnotations } from '../../src/report/annotations.ts';
import { isChange } from '../../src/report/comment.ts';
import { fixture } from './fixture.ts';

const places = {
  limitOf: () => ({ path: 'isogate.yml', line: 9 }),
  handlerOf: (name: string) => (name === 'thumbnail' ? { path: 'src/thumbnail.mjs', line: 3 } : null),
};
const placed = (name: string, enforced = true) =>
  buildAnnotations(fixture(name).verdict, places, enforced).map(({ path, line, level }) => [path, line, level]);

it('stand on the line of each broken limit, and once on the handler', () => {
  expect(placed('fail')).toEqual([
    ['isogate.yml', 9, 'failure'],
    ['isogate.yml', 9, 'failure'],
    ['src/thumbnail.mjs', 3, 'failure'],
  ]);
  expect(placed('pass')).toEqual([]);
});

it('say in plain words what the report says', () => {
  const [first, , handler] = buildAnnotations(fixture('fail').verdict, places, true);
  expect(first).toMatchObject({
    title: 'Isogate api: thumbnail under gvisor: latency fail',
    message:
      'thumbnail under gvisor: latency overhead is +31.0% (99% interval +27.0% to +35.0%), above the limit of +15% with its whole interval. This change made it worse. Limit: budgets.gvisor.latency.',
  });
  expect(handler?.message).toMatch(/This change made it worse\. \(1 more of this function: see the report\)$/);
});

it('are notices where nothing is enforced, and warnings where the base is as red', () => {
  expect(placed('fail', false).map(([, , level]) => level)).toEqual(['notice', 'notice', 'notice']);
  const { verdict } = fixture('fail');
  for (const one of verdict.comparisons)
    if (one.verdict === 'fail')
      one.onBase = {
        ...{ verdict: 'fail', estimate: 1.3, lower: 1.2, upper: 1.4, isInherited: true, isExcused: true },
        growth: { estimate: 1, lower: 0.9, upper: 1.1 },
      };
  expect(buildAnnotations(verdict, places, true).map(({ level }) => level)).toEqual(['warning', 'warning', 'warning']);
});

it('a change has something to say where it is red, its growth is proven, or it touches the rules', () => {
  expect(isChange(fixture('pass').verdict)).toBe(false);
  expect(isChange(fixture('fail').verdict)).toBe(true);
  expect(isChange(fixture('inconclusive').verdict)).toBe(true);
  const { verdict } = fixture('pass');
  const [one] = verdict.comparisons;
  if (!one) throw new Error('the fixture has comparisons');
  const growth = (lower: number | null, upper: number | null) => ({
    ...verdict,
    comparisons: [{ ...one, kind: 'regression' as const, lower, upper }],
  });
  expect([growth(0.99, 1.01), growth(1.001, 1.02), growth(0.9, 0.98), growth(null, 1.02)].map(isChange)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isChange({ ...verdict, warnings: [{ code: 'config-changed', message: '' }] })).toBe(true);
});
