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

it('stand once for each cause, on the handler of what got dearer', () => {
  expect(placed('fail')).toEqual([['src/thumbnail.mjs', 3, 'failure']]);
  expect(placed('pass')).toEqual([]);
});

it('stand on the line of the limit where nothing is known of the handler', () => {
  const { verdict } = fixture('fail');
  const [only, ...others] = buildAnnotations(verdict, { ...places, handlerOf: () => null }, true);
  expect([only?.path, only?.line, others.length]).toEqual(['isogate.yml', 9, 0]);
});

it('tell an isolation that cannot run once, however many limits it has', () => {
  const { verdict } = fixture('not-measured');
  const unusable = verdict.comparisons.filter((one) => one.verdict === 'not-measured');
  const [first] = unusable;
  if (first === undefined) throw new Error('the fixture has one');
  verdict.comparisons.push({ ...first, function: 'other' }, { ...first, metric: 'memory' });
  const told = buildAnnotations(verdict, places, true);
  expect(told.map(({ path, line }) => [path, line])).toEqual([['isogate.yml', 9]]);
  expect(told[0]?.message).toMatch(
    /cannot run here: runsc is not installed.* 2 more limits for the same cause: see the report\.$/,
  );
});

it('say in plain words what the report says', () => {
  expect(buildAnnotations(fixture('fail').verdict, places, true)[0]).toMatchObject({
    title: 'Isogate api: thumbnail under gvisor: latency fail',
    message:
      'thumbnail under gvisor: latency overhead is +31.0% (99% interval +27.0% to +35.0%), above the limit of +15% with its whole interval. This change made it worse. Limit: budgets.gvisor.latency. 1 more limit for the same cause: see the report.',
  });
});

it('are notices where nothing is enforced, and warnings where the base is as red', () => {
  expect(placed('fail', false).map(([, , level]) => level)).toEqual(['notice']);
  const { verdict } = fixture('fail');
  for (const one of verdict.comparisons)
    if (one.verdict === 'fail')
      one.onBase = {
        ...{ verdict: 'fail', estimate: 1.3, lower: 1.2, upper: 1.4, isInherited: true, isExcused: true },
        growth: { estimate: 1, lower: 0.9, upper: 1.1 },
      };
  expect(buildAnnotations(verdict, places, true).map(({ level }) => level)).toEqual(['warning']);
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
