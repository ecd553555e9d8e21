import { expect, it } from 'vitest';
import { type HeldRow, studyHeld } from '../../bench/accuracy/held-study.ts';
import { renderHeld } from '../../bench/accuracy/render-held.ts';

it('slow controls and noisy heads are held back, honest runs and logs are not', () => {
  const pairs = Array.from({ length: 40 }, (_, n) => ({ control: [100 + (n % 3)], treatment: [110 + ((n * 7) % 5)] }));
  const rows = studyHeld({ factor: 0.01, seed: 7 }, [
    { name: 'logs', logs: [{ name: 'a', injectedPercent: 0, pairs }] },
  ]);
  const of = (start: string) => rows.find(({ name }) => name.startsWith(start))?.outcomes;
  expect(of('the control slowed twofold')).toEqual(['slow control', 'slow control']);
  expect(of('noise of 50 % in every arm of the head')).toEqual(['noise', 'noise']);
  const honest = rows.filter(({ isAttack }) => !isAttack);
  expect(new Set(honest.map(({ comparisons }) => comparisons))).toEqual(new Set([1, 12]));
  expect(honest.flatMap(({ outcomes }) => outcomes)).not.toContain('noise');
  expect(of('logs')).toHaveLength(4);
}, 60_000);

it('counts outcomes, and what was held back of honest runs', () => {
  const row: HeldRow = {
    name: 'x',
    isAttack: false,
    comparisons: 1,
    outcomes: ['noise', 'pass', 'undecided', 'slow control'],
  };
  const lines = renderHeld([row]).split('\n');
  expect(lines).toContain('Nothing is hidden, and the truth is the limit. Held back: 2 of 4 runs.');
  expect(
    lines
      .find((line) => line.startsWith('| x'))
      ?.split('|')
      .map((cell) => cell.trim()),
  ).toEqual([...['', 'x', '1', '4', '1', '1', '1', '1', '0', '']]);
});
