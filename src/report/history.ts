import { formatCost, formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import { shortCommit } from '../lib/text.ts';
import type { HistoryPoint, HistorySeries } from '../model/baseline.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Block, ReportInput, Section } from './document.ts';
import { escapeHtml } from './escape.ts';

/** A chart shows the newest runs; `isogate baseline show` has all. */
const MOST_POINTS = 100;

/** The point of this run, after the recorded ones. */
const toPoint = (one: ComparisonVerdict, { samples: { header } }: ReportInput): HistoryPoint | null =>
  one.estimate === null
    ? null
    : {
        commit: header.change?.head ?? header.commit ?? null,
        recordedAt: header.startedAt ?? '',
        runId: header.runId,
        blocks: one.blocks,
        estimate: one.estimate,
        lower: one.lower,
        upper: one.upper,
        verdict: one.verdict,
        mark: null,
        hostChange: [],
        step: null,
      };

const buildChart = (series: HistorySeries, input: ReportInput): Block => {
  const own = input.verdict.comparisons.filter(
    (one) =>
      one.kind === 'budget' &&
      one.scale === 'ratio' &&
      one.function === series.function &&
      one.isolation === series.isolation &&
      one.metric === series.metric,
  );
  const now = own[0] ? toPoint(own[0], input) : null;
  const points = [...series.points.slice(-MOST_POINTS), ...(now === null ? [] : [now])];
  return { kind: 'history', series: { ...series, points }, limit: own[0]?.limit ?? null };
};

/** A chart for each overhead with a history of at least two runs. */
export function historySection(input: ReportInput): Section | null {
  const charts = (input.history ?? [])
    .filter(({ points }) => points.length > 1)
    .map((series) => buildChart(series, input));
  if (charts.length === 0) return null;
  const text =
    'Recorded runs from the oldest to the newest, with this run at the right. A red line marks the first commit of a step up, a green line that of a step down. A grey band is a change of the host, across which nothing is compared. The dashed line is the budget.';
  return { title: 'History', folded: false, blocks: [{ kind: 'paragraph', text }, ...charts] };
}

const WIDTH = 760;
const HEIGHT = 150;
const PAD = { left: 56, right: 12, top: 10, bottom: 22 };

interface Axes {
  x: (index: number) => string;
  y: (value: number) => string;
  low: number;
  high: number;
}

function computeAxes(points: HistoryPoint[], limit: number | null): Axes {
  const values = [
    ...points.flatMap(({ estimate, lower, upper }) => [estimate, lower ?? estimate, upper ?? estimate]),
    ...(limit === null ? [] : [limit]),
  ];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || 1;
  const step = (WIDTH - PAD.left - PAD.right) / Math.max(1, points.length);
  return {
    low,
    high,
    x: (index) => (PAD.left + (index + 0.5) * step).toFixed(1),
    y: (value) => (PAD.top + (1 - (value - low) / span) * (HEIGHT - PAD.top - PAD.bottom)).toFixed(1),
  };
}

const describePoint = (point: HistoryPoint): string =>
  [
    `${shortCommit(point.commit, 'unknown')}, ${point.recordedAt.slice(0, 10)}: ${formatEstimate({ ...point, unit: 'x' })}`,
    ...(point.mark === null ? [] : [point.mark]),
    ...(point.step === null ? [] : [`a step of ${formatCost(point.step.factor, 'x')} begins here`]),
    ...(point.hostChange.length === 0 ? [] : [`host: ${point.hostChange.join(', ')}`]),
  ].join('; ');

/** The first commit of a step and its size, below its line. */
const stepText = ({ commit, step }: HistoryPoint, x: string): string =>
  `<text x="${x}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(`${shortCommit(commit, 'unknown')} ${formatCost(step?.factor ?? 1, 'x')}`)}</text>`;

/** Points are not joined across a change of the host. */
const paths = (points: HistoryPoint[], { x, y }: Axes): string[] => {
  const parts: string[][] = [];
  for (const [index, { estimate, hostChange }] of points.entries()) {
    if (parts.length === 0 || hostChange.length > 0) parts.push([]);
    parts.at(-1)?.push(`${x(index)},${y(estimate)}`);
  }
  return parts.map((part) => `<polyline class="path" points="${part.join(' ')}"/>`);
};

function pointSvg(point: HistoryPoint, index: number, isLast: boolean, { x, y }: Axes): string {
  const title = `<title>${escapeHtml(describePoint(point), 400)}</title>`;
  const vertical = (name: string): string =>
    `<line class="${name}" x1="${x(index - 0.5)}" x2="${x(index - 0.5)}" y1="${PAD.top}" y2="${HEIGHT - PAD.bottom}">${title}</line>`;
  const { lower, upper, estimate } = point;
  const whisker =
    lower === null || upper === null
      ? ''
      : `<line class="whisker" x1="${x(index)}" x2="${x(index)}" y1="${y(lower)}" y2="${y(upper)}"/>`;
  return [
    point.hostChange.length > 0 ? vertical('host') : '',
    point.step === null
      ? ''
      : vertical(point.step.factor > 1 ? 'step up' : 'step down') + stepText(point, x(index - 0.5)),
    whisker,
    `<circle class="point ${isLast ? 'now' : (point.mark ?? '')}" cx="${x(index)}" cy="${y(estimate)}" r="3.5">${title}</circle>`,
  ].join('');
}

/** One overhead over the recorded runs: points with their intervals, steps, changes of the host, the budget. */
export function historyFigure(
  { function: name, isolation, metric, points, drift }: HistorySeries,
  limit: number | null,
): string {
  const axes = computeAxes(points, limit);
  const title = `${name} · ${isolation} · ${METRIC_NAMES[metric]} over ${points.length} runs`;
  const label = (value: number): string =>
    `<text x="${PAD.left - 6}" y="${(Number(axes.y(value)) + 4).toFixed(1)}" text-anchor="end">${escapeHtml(formatCost(value, 'x'))}</text>`;
  const dashed =
    limit === null
      ? ''
      : `<line class="limit" x1="${PAD.left}" x2="${WIDTH - PAD.right}" y1="${axes.y(limit)}" y2="${axes.y(limit)}"><title>${escapeHtml(`limit ${formatLimit(limit, 'x')}`)}</title></line>`;
  const caption =
    drift === null
      ? title
      : `${title}: drifted by about ${formatCost(drift.factor, 'x')} over the last ${drift.runs} (${shortCommit(drift.from, 'unknown')}..${shortCommit(drift.to, 'unknown')})`;
  return [
    `<figure><svg class="history" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escapeHtml(title)}</title>`,
    axes.high > axes.low ? label(axes.high) : '',
    label(axes.low),
    ...paths(points, axes),
    dashed,
    ...points.map((point, index) => pointSvg(point, index, index === points.length - 1, axes)),
    `</svg><figcaption>${escapeHtml(caption)}</figcaption></figure>`,
  ].join('');
}
