import { expect, it } from 'vitest';
import type { EarlyStudy } from '../../bench/accuracy/early-study.ts';
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
  ranks: { rule: 'isogate, by ranks alone', tallies: [tally(0, 1000, 0), tally(12, 50, 938), tally(970, 0, 30)] },
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

const at = (situation: 'known' | 'alone', fail: number, pass: number): EarlyStudy['atLimit'][number] => ({
  ...{ family: 'normal', situation },
  tally: tally(fail, pass, 10_000 - fail - pass),
});

const EARLY: EarlyStudy = {
  atLimit: [at('known', 1, 5), at('alone', 40, 100)],
  speed: (['known', 'alone'] as const).map((situation) => ({
    ...{ situation, deviation: 0.15, distance: -8 },
    now: tally(0, 100, 0, situation === 'known' ? 4.5 : 6),
    before: tally(0, 100, 0, 12),
  })),
  gross: [{ situation: 'known', deviation: 0.03, now: tally(100, 0, 0, 4), before: tally(100, 0, 0, 12) }],
  power: [{ distance: 0.4, now: tally(700, 0, 300), before: tally(715, 0, 285) }],
  unseen: [
    {
      ...{ name: 'edge', logs: 8 },
      byLimit: [{ situation: 'known', limit: 2, now: tally(0, 100, 0, 5), before: tally(0, 99, 1, 12) }],
      early: [{ situation: 'known', tally: tally(0, 1, 9999) }],
      whole: [{ situation: 'known', now: tally(5, 40, 955), before: tally(6, 42, 952) }],
    },
  ],
};

const study = (atLimits: Tally): Study => ({
  tables: [TABLE],
  atLimits: [{ family: 'normal', tally: atLimits, ranks: tally(9, 0, 991) }],
  power: [
    point(1.03, tally(10, 0, 990, 59), tally(200, 0, 800, 60)),
    point(1.05, tally(970, 0, 30, 30), tally(1000, 0, 0, 60)),
  ],
  early: EARLY,
});

it('says of each aim whether it is met, and what the number of runs leaves open', () => {
  const lines = renderStudy(study(tally(8, 0, 992))).split('\n');
  // √(10/1004 · 994/1004 / 1004) = 0.31 %.
  expect(lines).toContain('- open normal: 0.80 ±0.31 % (by ranks alone 0.90 ±0.33 %)');
  expect(renderStudy(study(tally(30, 0, 970)))).toContain(
    '- **not met** normal: 3.00 ±0.55 % (by ranks alone 0.90 ±0.33 %)',
  );
  expect(renderStudy(study(tally(12, 0, 988)))).toContain('- open normal: 1.20 ±0.37 % (by ranks alone 0.90 ±0.33 %)');
  expect(renderStudy(study(tally(0, 0, 10_000)))).toContain('- met normal: 0.00 ±0.01 % (by ranks alone 0.90 ±0.33 %)');
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
  expect(cells('| rule                    | normal (20)')).toEqual(['', 'rule', 'normal (20)', '']);
  expect(cells('| meek')).toEqual(['', 'meek', '0.5 / 40.0', '']);
});

it('a row holds false alarms, misses, inconclusive and wrong verdicts, and blocks', () => {
  const row = renderStudy(study(tally(0, 0, 1000)))
    .split('\n')
    .findLast((line) => line.startsWith('| isogate '));
  expect(row?.split('|').map((cell) => cell.trim())).toEqual([
    ...['', 'isogate', '0.0 ±0.1', '1.0 ±0.3', '2.0 ±0.5', '–', '32.3 ±0.3', '0.1 ±0.1', '20.0', ''],
  ]);
});

it('says what early looks save, and whether they keep to their aims', () => {
  const lines = renderStudy(study(tally(0, 0, 1000))).split('\n');
  const from = lines.indexOf('## Early looks');
  expect(lines.slice(from + 2, from + 10)).toEqual([
    '- met early false decisions of a function with two functions before it, fail: at most 0.01 ±0.02 % (normal; aim ≤ 0.25)',
    '- met early false decisions of a function with two functions before it, pass: at most 0.05 ±0.03 % (normal; aim ≤ 1.25)',
    '- **not met** early false decisions of a function alone, fail: at most 0.40 ±0.06 % (normal; aim ≤ 0.25)',
    '- met early false decisions of a function alone, pass: at most 1.00 ±0.10 % (normal; aim ≤ 1.25)',
    '- met a function with two functions before it, 8 to 20 noise widths (of 15 %) below its limit, passes after 4.5 blocks (aim ≤ 5; by ranks alone 12.0)',
    '- a function alone, 8 to 20 noise widths (of 15 %) below its limit, passes after 6.0 blocks (its first look is at 6, and only where the limit is three times as much; by ranks alone 12.0)',
    '- met five times the limit, with two functions before it, noise of 3 %: fails after 4.0 blocks (aim 3 to 4; by ranks alone 12.0)',
    // √((0.015 + 1/1000) ÷ 1000)
    '- open power near the limit falls by at most 1.50 ±0.40 points (aim ≤ 2)',
  ]);
  expect(lines).toContain('### Logs that tuned nothing: edge, 8 logs');
  expect(lines).toContain('- within ten blocks, known: fails 0.00 ±0.01 %, passes 0.01 ±0.02 %');
  expect(lines).toContain(
    '- whole runs, known: fails 0.50 ±0.26 %, passes 4.00 ±0.63 %; by ranks alone: fails 0.60 ±0.28 %, passes 4.20 ±0.65 %',
  );
});
