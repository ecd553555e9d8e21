import { expect, it } from 'vitest';
import { renderStudy } from '../../bench/accuracy/render.ts';
import type { DataTable, PowerPoint, Study } from '../../bench/accuracy/study.ts';
import type { Tally } from '../../bench/accuracy/tally.ts';

const tally = (fail: number, pass: number, inconclusive: number, blocks = 20): Tally => {
  const runs = fail + pass + inconclusive;
  return { clusters: [{ runs, blocks: blocks * runs, fail, pass, inconclusive }] };
};

const TABLE: DataTable = {
  ...{ name: 'normal', truths: [1, 1.025, 1.05], cap: 60, used: 20 },
  ours: { rule: 'isogate', tallies: [tally(0, 1000, 0), tally(10, 40, 950), tally(980, 1, 19)] },
  others: [
    { rule: 'loud', tallies: [tally(300, 700, 0), tally(500, 500, 0), tally(990, 10, 0)] },
    { rule: 'meek', tallies: [tally(0, 1000, 0), tally(5, 995, 0), tally(600, 400, 0)] },
    { rule: 'signed rank once, 0.01', tallies: [tally(0, 1000, 0), tally(5, 20, 975), tally(990, 0, 10)] },
  ],
};

const point = (truth: number, ours: Tally, fixed: Tally): PowerPoint => ({
  ...{ comparisons: 1, others: 'none', truth, cap: 60 },
  ours,
  fixed,
});

const study = (atLimits: Tally): Study => ({
  tables: [TABLE],
  atLimits: [{ family: 'normal', tally: atLimits }],
  power: [
    point(1.03, tally(10, 0, 990, 59), tally(200, 0, 800, 60)),
    point(1.05, tally(970, 0, 30, 30), tally(1000, 0, 0, 60)),
  ],
});

it('says of each aim whether it is met, and what the number of runs leaves open', () => {
  const lines = renderStudy(study(tally(8, 0, 992))).split('\n');
  // √(10/1004 · 994/1004 / 1004) = 0.31 %.
  expect(lines).toContain('- open normal: 0.80 ±0.31 %');
  expect(renderStudy(study(tally(30, 0, 970)))).toContain('- **not met** normal: 3.00 ±0.55 %');
  expect(renderStudy(study(tally(12, 0, 988)))).toContain('- open normal: 1.20 ±0.37 %');
  expect(renderStudy(study(tally(0, 0, 10_000)))).toContain('- met normal: 0.00 ±0.01 %');
  // One wrong pass in 2000 runs of two truths.
  expect(lines).toContain('- open normal: 0.05 ±0.11 %');
});

it('weighs power only where the fixed-size test finds at least half', () => {
  expect(renderStudy(study(tally(0, 0, 1000)))).toContain(
    '- met One comparison, at most 60 blocks: of the fixed-size test’s power at least 97.0 % (aim 95.0), on average 50.0 % of its blocks (aim ≤ 60.0)',
  );
});

it('compares with the best of the others that can be believed, the yardstick left out', () => {
  expect(renderStudy(study(tally(0, 0, 1000)))).toContain(
    '- met normal: ours has 1.0 ±0.3 % false alarms at the limit and misses 2.0 ±0.5 % at +5 %; of the others meek misses 40.0 ±1.5 %',
  );
});

it('shows all rules on all data at a glance', () => {
  const lines = renderStudy(study(tally(0, 0, 1000))).split('\n');
  const cells = (start: string) =>
    lines
      .find((line) => line.startsWith(start))
      ?.split('|')
      .map((cell) => cell.trim());
  expect(cells('| rule                   | normal (20)')).toEqual(['', 'rule', 'normal (20)', '']);
  expect(cells('| meek')).toEqual(['', 'meek', '0.5 / 40.0', '']);
});

it('a row holds false alarms, misses, inconclusive and wrong verdicts, and blocks', () => {
  const row = renderStudy(study(tally(0, 0, 1000)))
    .split('\n')
    .findLast((line) => line.startsWith('| isogate'));
  expect(row?.split('|').map((cell) => cell.trim())).toEqual([
    ...['', 'isogate', '0.0 ±0.1', '1.0 ±0.3', '2.0 ±0.5', '–', '32.3 ±0.3', '0.1 ±0.1', '20.0', ''],
  ]);
});
