/** Renders a study as Markdown, for people and for docs/explanation/accuracy.md. */

import { markdownTable } from 'markdown-table';
import { aimWord, word } from './aim-word.ts';
import { renderEarly } from './render-early.ts';
import type { DataTable, PowerPoint, RuleRow, Study } from './study.ts';
import { meanBlocks, meanRate, percentOf, type Rate, rateOf, type Tally } from './tally.ts';
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
  markdownTable([HEADINGS, ...[table.ours, table.ranks, ...table.others].map((row) => ruleCells(row, table))], {
    align: ['l', ...HEADINGS.slice(1).map(() => 'r')],
  }),
  '',
];

/** At most 1 % false alarms, within two errors. */
const isBelievable = (row: RuleRow, { truths }: DataTable): boolean =>
  [1, LIMIT].every((truth) => {
    const alarms = at(row, truths, truth, ['fail']);
    return alarms === null || alarms.rate <= AIM_FALSE_ALARMS + 2 * alarms.error;
  });

/** The rule of others that misses least of those that can be believed. */
const bestOther = (table: DataTable): { rule: string; missed: Rate } | null => {
  const candidates = table.others
    .filter((row) => !row.rule.startsWith(YARDSTICK) && isBelievable(row, table))
    .map((row) => ({ rule: row.rule, missed: at(row, table.truths, 1.05, ['pass', 'inconclusive']) as Rate }))
    .sort((a, b) => a.missed.rate - b.missed.rate);
  return candidates[0] ?? null;
};

const bestLine = (table: DataTable): string => {
  const own = at(table.ours, table.truths, 1.05, ['pass', 'inconclusive']) as Rate;
  const alarms = at(table.ours, table.truths, LIMIT, ['fail']) as Rate;
  const best = bestOther(table);
  const ours = `${table.name}: ours has ${show(alarms)} % false alarms at the limit and misses ${show(own)} % at +5 %`;
  const other = best === null ? 'no other keeps to 1 % false alarms' : `${best.rule} misses ${show(best.missed)} %`;
  const noise = 2 * Math.hypot(own.error, best?.missed.error ?? 0);
  const isAsGood = best === null || own.rate <= best.missed.rate + noise;
  return `- ${word(isBelievable(table.ours, table) && isAsGood)} ${ours}; of the others ${other}`;
};

const outcomeOf = ({ truth }: PowerPoint): 'fail' | 'pass' => (truth > LIMIT ? 'fail' : 'pass');

const powerRow = (point: PowerPoint): string[] => {
  const outcome = outcomeOf(point);
  const ours = rateOf(point.ours, [outcome]);
  const fixed = rateOf(point.fixed, [outcome]);
  const blocks = meanBlocks(point.ours);
  return [
    `${(Math.abs(point.truth - 1) * 100).toFixed(2)} %`,
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

const fine = (rate: Rate): string => `${percentOf(rate)} %`;

const wrongNearLimit = (table: DataTable): Rate => {
  const truths = table.truths.filter((truth) => truth === 1 || truth === 1.05);
  const tallies = truths.map((truth) => table.ours.tallies[table.truths.indexOf(truth)] as Tally);
  return wrongOf({ rule: '', tallies }, truths);
};

const aimList = (what: string, aim: number, rates: (readonly [string, Rate, Rate?])[]): string[] => [
  `${what} (aim ≤ ${percent(aim)} %):`,
  '',
  ...rates.map(
    ([name, rate, ranks]) =>
      `- ${aimWord(rate, aim)} ${name}: ${fine(rate)}${ranks === undefined ? '' : ` (by ranks alone ${fine(ranks)})`}`,
  ),
  '',
];

const aims = ({ tables, atLimits, power }: Study): string[] => [
  '## Aims',
  '',
  ...aimList(
    'False alarms of a run of twelve comparisons whose truths are their limits',
    AIM_FALSE_ALARMS,
    atLimits.map(({ family, tally, ranks }) => [family, rateOf(tally, ['fail']), rateOf(ranks, ['fail'])] as const),
  ),
  ...aimList(
    'Wrong verdicts 2.5 points from the limit, one comparison',
    AIM_WRONG,
    tables.map((table) => [table.name, wrongNearLimit(table)] as const),
  ),
  'Power, where the fixed-size test finds at least half:',
  '',
  ...curves(power).map(powerLine),
  '',
  'As good as the best rule of others that has at most 1 % false alarms, at the same cost:',
  '',
  ...tables.map(bestLine),
  '',
];

const pairCell = (row: RuleRow, { truths }: DataTable): string => {
  const alarms = at(row, truths, LIMIT, ['fail']) as Rate;
  const missed = at(row, truths, 1.05, ['pass', 'inconclusive']) as Rate;
  return `${percent(alarms.rate)} / ${percent(missed.rate)}`;
};

/** All rules and all data at a glance. */
const overview = (tables: DataTable[]): string[] => {
  const rules = tables.map(({ ours, ranks, others }) => [ours, ranks, ...others]);
  const rows = (rules[0] ?? []).map(({ rule }, i) => [
    rule,
    ...tables.map((table, t) => pairCell(rules[t]?.[i] as RuleRow, table)),
  ]);
  const heads = ['rule', ...tables.map(({ name, used }) => `${name} (${used})`)];
  return [
    'False alarms at the limit / missed at +5 %, in percent; in brackets the blocks that the others have.',
    '',
    markdownTable([heads, ...rows], { align: ['l', ...tables.map(() => 'r')] }),
    '',
  ];
};

export const renderStudy = (study: Study): string =>
  [
    ...aims(study),
    ...renderEarly(study.early),
    '## Rules on the same data',
    '',
    ...overview(study.tables),
    ...study.tables.flatMap(dataTable),
    '## Power',
    '',
    ...curves(study.power).flatMap(powerTable),
  ].join('\n');
