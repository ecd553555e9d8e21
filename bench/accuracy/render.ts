/** Pure: a study as Markdown, for people and for docs/accuracy.md. */

import { markdownTable } from 'markdown-table';
import type { DataTable, PowerPoint, RuleRow, Study } from './study.ts';
import { meanBlocks, meanRate, type Rate, rateOf, type Tally } from './tally.ts';
import { LIMIT } from './tasks.ts';

/** A whole run's false alarms, and wrong verdicts 2.5 points from the limit. */
const AIM_FALSE_ALARMS = 0.01;
const AIM_WRONG = 0.002;
/** Of the fixed-size test's power, and of its blocks. */
const AIM_POWER = 0.95;
const AIM_BLOCKS = 0.6;
/** The fixed-size test and not a rule of others. */
const YARDSTICK = 'signed rank once';

const percent = (rate: number): string => (100 * rate).toFixed(1);
const show = ({ rate, error }: Rate): string => `${percent(rate)} ±${percent(error)}`;
const word = (isMet: boolean): string => (isMet ? 'met' : '**not met**');

const at = (row: RuleRow, truths: number[], truth: number, outcomes: Parameters<typeof rateOf>[1]): Rate | null => {
  const tally = row.tallies[truths.indexOf(truth)];
  return tally === undefined ? null : rateOf(tally, outcomes);
};

const wrongOf = (row: RuleRow, truths: number[]): Rate =>
  meanRate(
    truths.flatMap((truth, i) =>
      truth === LIMIT ? [] : [rateOf(row.tallies[i] as Tally, [truth > LIMIT ? 'pass' : 'fail'])],
    ),
  );

const cell = (rate: Rate | null): string => (rate === null ? '–' : show(rate));

const ruleCells = (row: RuleRow, { truths }: DataTable): string[] => [
  row.rule,
  cell(at(row, truths, 1, ['fail'])),
  cell(at(row, truths, LIMIT, ['fail'])),
  cell(at(row, truths, 1.05, ['pass', 'inconclusive'])),
  cell(at(row, truths, 1.1, ['pass', 'inconclusive'])),
  show(meanRate(row.tallies.map((tally) => rateOf(tally, ['inconclusive'])))),
  show(wrongOf(row, truths)),
  (row.tallies.reduce((sum, tally) => sum + meanBlocks(tally), 0) / row.tallies.length).toFixed(1),
];

const HEADINGS = [
  'rule',
  'false alarms at 0 %',
  'false alarms at the limit',
  'missed at +5 %',
  'missed at +10 %',
  'inconclusive',
  'wrong',
  'blocks',
];

const dataTable = (table: DataTable): string[] => [
  `### ${table.name}`,
  '',
  `At most ${table.cap} blocks; the others have ${table.used}.`,
  '',
  markdownTable([HEADINGS, ...[table.ours, ...table.others].map((row) => ruleCells(row, table))], {
    align: ['l', ...HEADINGS.slice(1).map(() => 'r')],
  }),
  '',
];

/** The rule of others that misses least of those that are believable: at most 1 % false alarms, within two errors. */
const bestOther = (table: DataTable): { rule: string; missed: Rate } | null => {
  const isBelievable = (row: RuleRow) =>
    [1, LIMIT].every((truth) => {
      const alarms = at(row, table.truths, truth, ['fail']);
      return alarms === null || alarms.rate <= AIM_FALSE_ALARMS + 2 * alarms.error;
    });
  const candidates = table.others
    .filter((row) => !row.rule.startsWith(YARDSTICK) && isBelievable(row))
    .map((row) => ({ rule: row.rule, missed: at(row, table.truths, 1.05, ['pass', 'inconclusive']) as Rate }))
    .sort((a, b) => a.missed.rate - b.missed.rate);
  return candidates[0] ?? null;
};

const bestLine = (table: DataTable): string => {
  const own = at(table.ours, table.truths, 1.05, ['pass', 'inconclusive']) as Rate;
  const best = bestOther(table);
  const head = `- ${table.name}: ours misses ${show(own)} % at +5 %`;
  if (best === null) return `- ${word(true)} ${head.slice(2)}; no other rule keeps to 1 % false alarms`;
  const noise = 2 * Math.hypot(own.error, best.missed.error);
  return `- ${word(own.rate <= best.missed.rate + noise)} ${head.slice(2)}, the best other with at most 1 % false alarms ${show(best.missed)} % (${best.rule})`;
};

const outcomeOf = ({ truth }: PowerPoint): 'fail' | 'pass' => (truth > LIMIT ? 'fail' : 'pass');

const powerRow = (point: PowerPoint): string[] => {
  const outcome = outcomeOf(point);
  const ours = rateOf(point.ours, [outcome]);
  const fixed = rateOf(point.fixed, [outcome]);
  const blocks = meanBlocks(point.ours);
  return [
    `+${((point.truth - 1) * 100).toFixed(2)} %`,
    outcome,
    show(ours),
    show(fixed),
    fixed.rate === 0 ? '–' : percent(ours.rate / fixed.rate),
    blocks.toFixed(1),
    percent(blocks / point.cap),
  ];
};

const POWER_HEADINGS = ['truth', 'due', 'ours %', 'fixed size %', 'ours of it %', 'blocks', 'of the cap %'];

const powerTitle = ({ comparisons, others, cap }: PowerPoint): string => {
  if (comparisons === 1) return `### One comparison, at most ${cap} blocks`;
  const rest = others === 'unchanged' ? 'the other eleven unchanged (0 %)' : 'all twelve with that truth';
  return `### Twelve comparisons, ${rest}, at most ${cap} blocks`;
};

const curves = (points: PowerPoint[]): PowerPoint[][] => {
  const groups = new Map<string, PowerPoint[]>();
  for (const point of points) {
    const key = `${point.comparisons} ${point.others}`;
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()];
};

const powerTable = (points: PowerPoint[]): string[] => [
  powerTitle(points[0] as PowerPoint),
  '',
  markdownTable([POWER_HEADINGS, ...points.map(powerRow)], { align: ['r', 'l', 'r', 'r', 'r', 'r', 'r'] }),
  '',
];

/** Where the fixed-size test finds at least half: below that a ratio of shares says little. */
const powerLine = (points: PowerPoint[]): string => {
  const telling = points.filter((point) => point.truth > LIMIT && rateOf(point.fixed, ['fail']).rate >= 0.5);
  const shares = telling.map((point) => rateOf(point.ours, ['fail']).rate / rateOf(point.fixed, ['fail']).rate);
  const blocks = telling.map((point) => meanBlocks(point.ours) / point.cap);
  const lowest = Math.min(...shares);
  const mean = blocks.reduce((a, b) => a + b, 0) / blocks.length;
  const isMet = lowest >= AIM_POWER && mean <= AIM_BLOCKS;
  const what = powerTitle(points[0] as PowerPoint).slice('### '.length);
  return `- ${word(isMet)} ${what}: of the fixed-size test’s power at least ${percent(lowest)} % (aim ${percent(AIM_POWER)}), on average ${percent(mean)} % of its blocks (aim ≤ ${percent(AIM_BLOCKS)})`;
};

const aims = ({ tables, atLimits, power }: Study): string[] => {
  const alarms = rateOf(atLimits, ['fail']);
  const wrong = tables.map((table) => {
    const near = table.truths.filter((truth) => truth === 1 || truth === 1.05);
    const tallies = near.map((truth) => table.ours.tallies[table.truths.indexOf(truth)] as Tally);
    return { name: table.name, rate: wrongOf({ rule: '', tallies }, near) };
  });
  return [
    '## Aims',
    '',
    `- ${word(alarms.rate <= AIM_FALSE_ALARMS)} false alarms of a run of twelve comparisons at their limits: ${(100 * alarms.rate).toFixed(2)} ±${(100 * alarms.error).toFixed(2)} % (aim ≤ ${percent(AIM_FALSE_ALARMS)})`,
    ...wrong.map(
      ({ name, rate }) =>
        `- ${word(rate.rate <= AIM_WRONG)} wrong verdicts 2.5 points from the limit, ${name}: ${(100 * rate.rate).toFixed(2)} ±${(100 * rate.error).toFixed(2)} % (aim ≤ ${percent(AIM_WRONG)})`,
    ),
    ...curves(power).map(powerLine),
    ...tables.map(bestLine),
    '',
  ];
};

export const renderStudy = (study: Study): string =>
  [
    ...aims(study),
    '## Rules on the same data',
    '',
    ...study.tables.flatMap(dataTable),
    '## Power',
    '',
    ...curves(study.power).flatMap(powerTable),
  ].join('\n');
