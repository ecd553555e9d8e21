import { markdownTable } from 'markdown-table';
import type { Shown } from '../baseline/show-baseline.ts';
import { formatCost, formatEstimate } from '../lib/format.ts';
import { shortCommit } from '../lib/text.ts';
import type { HistoryPoint, HistorySeries } from '../model/baseline.ts';
import { plainText } from '../report/escape.ts';

/** Runs that one sparkline shows. */
const LONGEST_LINE = 80;

const describeMarks = ({ verdict, mark, step }: HistoryPoint): string =>
  [
    ...(mark === null ? (verdict === null || verdict === 'pass' ? [] : [verdict]) : [mark]),
    ...(step === null ? [] : [`step of ${formatCost(step.factor, 'x')}`]),
  ].join(', ');

const toRow = (point: HistoryPoint, before: HistoryPoint | undefined): string[] => [
  point.recordedAt.slice(0, 10),
  shortCommit(point.commit, 'unknown'),
  formatEstimate({ ...point, unit: 'x' }),
  before === undefined || point.hostChange.length > 0 ? '' : formatCost(point.estimate / before.estimate, 'x'),
  String(point.blocks),
  describeMarks(point),
];

/** One row for each run; a change of the host stands on a line of its own between them. */
const toTable = (points: HistoryPoint[], from: number): string => {
  const shown = points.slice(from);
  const lines = markdownTable(
    [
      ['date', 'commit', 'overhead', 'change', 'blocks', ''],
      ...shown.map((point, index) => toRow(point, points[from + index - 1])),
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

const describeDrift = ({ drift }: HistorySeries): string[] =>
  drift === null
    ? []
    : [
        `drifted by about ${formatCost(drift.factor, 'x')} over the last ${drift.runs} runs, ${shortCommit(drift.from, 'unknown')}..${shortCommit(drift.to, 'unknown')}`,
      ];

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One bar for each run, from zero to the largest overhead. */
const sparkline = (points: HistoryPoint[]): string => {
  const largest = Math.max(...points.map(({ estimate }) => estimate));
  return points.map(({ estimate }) => BARS[Math.max(0, Math.ceil((BARS.length * estimate) / largest) - 1)]).join('');
};

const describeSeries = (series: HistorySeries, limit: number): string => {
  const { points } = series;
  const title = plainText(`${series.function} · ${series.isolation} · ${series.metric}`);
  const from = Math.max(0, points.length - limit);
  const left = from === 0 ? [] : [`${from} older runs are not shown; give --limit more`];
  return [
    `${title}  ${sparkline(points.slice(-LONGEST_LINE))}`,
    ...describeDrift(series),
    ...left,
    toTable(points, from),
    '',
  ].join('\n');
};

/** Each series as a sparkline, its drift, and a table of its newest `limit` runs. */
export const describeHistory = ({ gate, place, series }: Shown, limit: number): string =>
  series.length === 0
    ? `nothing of ${gate} is recorded in ${place}; record a run that passed: isogate baseline record isogate-out\n`
    : series.map((one) => describeSeries(one, limit)).join('\n');
