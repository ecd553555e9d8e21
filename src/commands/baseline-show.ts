import { Command } from 'commander';
import { markdownTable } from 'markdown-table';
import type { Shown } from '../baseline/show-baseline.ts';
import { shortCommit } from '../lib/text.ts';
import type { HistoryPoint, HistorySeries } from '../model/baseline.ts';
import { formatCost, formatEstimate } from '../report/format.ts';
import { plainText } from '../report/plain-text.ts';
import { gateOf, inStore, type StoreOptions, withStoreOptions } from './baseline-store-options.ts';
import type { CommandContext } from './context.ts';
import { countOption } from './option-values.ts';

interface Options extends StoreOptions {
  gate?: string;
  function?: string;
  isolation?: string;
  metric?: string;
  limit: number;
}

const LIMIT = 20;

const notesOf = ({ verdict, mark, step }: HistoryPoint): string =>
  [
    ...(mark === null ? (verdict === null || verdict === 'pass' ? [] : [verdict]) : [mark]),
    ...(step === null ? [] : [`step of ${formatCost(step.factor, 'x')}`]),
  ].join(', ');

const rowOf = (point: HistoryPoint, before: HistoryPoint | undefined): string[] => [
  point.recordedAt.slice(0, 10),
  shortCommit(point.commit, 'unknown'),
  formatEstimate({ ...point, unit: 'x' }),
  before === undefined || point.hostChange.length > 0 ? '' : formatCost(point.estimate / before.estimate, 'x'),
  String(point.blocks),
  notesOf(point),
];

/** A table in which a change of the host stands between the rows. */
const tableOf = (points: HistoryPoint[], from: number): string => {
  const shown = points.slice(from);
  const lines = markdownTable(
    [
      ['date', 'commit', 'overhead', 'change', 'blocks', ''],
      ...shown.map((point, index) => rowOf(point, points[from + index - 1])),
    ],
    { align: ['l', 'l', 'r', 'r', 'r', 'l'] },
  ).split('\n');
  const [head = '', rule = '', ...rows] = lines;
  return [
    head,
    rule,
    ...rows.flatMap((row, index) => {
      const change = shown[index]?.hostChange ?? [];
      return change.length === 0 ? [row] : [`  host: ${plainText(change.join(', '), 400)}`, row];
    }),
  ].join('\n');
};

const driftText = ({ drift }: HistorySeries): string[] =>
  drift === null
    ? []
    : [
        `drifted by about ${formatCost(drift.factor, 'x')} over the last ${drift.runs} runs, ${shortCommit(drift.from, 'unknown')}..${shortCommit(drift.to, 'unknown')}`,
      ];

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One bar a run, from zero to the largest overhead. */
const sparkline = (points: HistoryPoint[]): string => {
  const largest = Math.max(...points.map(({ estimate }) => estimate));
  return points.map(({ estimate }) => BARS[Math.max(0, Math.ceil((BARS.length * estimate) / largest) - 1)]).join('');
};

const seriesText = (series: HistorySeries, limit: number): string => {
  const { points } = series;
  const title = plainText(`${series.function} · ${series.isolation} · ${series.metric}`);
  const from = Math.max(0, points.length - limit);
  const left = from === 0 ? [] : [`${from} older runs are not shown; give --limit more`];
  return [
    `${title}  ${sparkline(points.slice(-4 * LIMIT))}`,
    ...driftText(series),
    ...left,
    tableOf(points, from),
    '',
  ].join('\n');
};

const describe = ({ gate, place, series }: Shown, limit: number): string =>
  series.length === 0
    ? `nothing of ${gate} is recorded in ${place}; record a run that passed: isogate baseline record isogate-out\n`
    : series.map((one) => seriesText(one, limit)).join('\n');

/** `isogate baseline show`: each overhead over the recorded runs. */
export const baselineShowCommand = (context: CommandContext): Command =>
  withStoreOptions(new Command('show'))
    .description('print the history of each overhead as a sparkline and a table')
    .option('--gate <name>', 'key of the gate (default: that of isogate.yml here)')
    .option('--function <name>', 'only this function')
    .option('--isolation <name>', 'only this isolation')
    .option('--metric <metric>', 'only this metric')
    .option('--limit <number>', 'newest runs of each', countOption('--limit'), LIMIT)
    .action(async (options: Options) => {
      const gate = await gateOf(options);
      const shown = await inStore(options, context, (place) =>
        context.flows.showBaseline(place, {
          gate,
          ...{
            function: options.function ?? null,
            isolation: options.isolation ?? null,
            metric: options.metric ?? null,
          },
        }),
      );
      for (const { message } of shown.warnings) context.log(plainText(message, 600));
      context.out(options.json ? `${JSON.stringify(shown)}\n` : describe(shown, options.limit));
      context.exitCode = 0;
    });
