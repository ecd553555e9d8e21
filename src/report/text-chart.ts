import { VERDICT_PRECEDENCE } from '../decide/run-verdict.ts';
import type { Strip } from './document.ts';
import { plainText } from './escape.ts';
import { VERDICT_MARKS } from './words.ts';

/** Columns. Values below no cost are drawn before `ZERO`. */
const ZERO = 6;
const COLUMNS = 48;
/** The chart reaches to at least and at most these multiples of the limit. */
const LEAST_REACH = 1.6;
const MOST_REACH = 5;
/** Most lines; the table has all comparisons. */
const MOST = 16;

/** The verdicts that need attention come first. */
const rankOf = ({ verdict }: Strip): number => VERDICT_PRECEDENCE.indexOf(verdict);

/** The share of its limit that a value uses: 0 is no cost, 1 the limit. Null where the limit allows no cost. */
function shareOf({ neutral, limit }: Strip): ((value: number) => number) | null {
  const allowance = (limit ?? neutral) - neutral;
  return allowance > 0 ? (value) => (value - neutral) / allowance : null;
}

function computeReach(strips: Strip[]): number {
  const shares = strips.map((strip) => shareOf(strip)?.(strip.upper ?? strip.estimate) ?? 0);
  return Math.min(MOST_REACH, Math.max(LEAST_REACH, ...shares.map((share) => share * 1.05)));
}

function draw(strip: Strip, reach: number, columns: number): string | null {
  const share = shareOf(strip);
  if (share === null) return null;
  const last = columns - 1;
  const column = (value: number): number => Math.round(ZERO + (share(value) / reach) * (last - ZERO));
  const limit = limitColumn(reach, columns);
  const cells: string[] = Array.from({ length: columns }, (_, x) => (x === limit ? '║' : x === ZERO ? '┆' : ' '));
  // Where an end has no bound, the line runs out of the chart.
  const from = strip.lower === null ? -1 : column(strip.lower);
  const to = strip.upper === null ? last + 1 : column(strip.upper);
  const at = column(strip.estimate);
  const within = (x: number): number => Math.min(Math.max(x, 0), last);
  for (let x = within(from); x <= within(to); x += 1) cells[x] = '─';
  if (from >= 0 && from <= last) cells[from] = '├';
  if (to >= 0 && to <= last) cells[to] = '┤';
  cells[within(at)] = at > last ? '▶' : at < 0 ? '◀' : '┼';
  return cells.join('');
}

const limitColumn = (reach: number, columns: number): number => Math.round(ZERO + (columns - 1 - ZERO) / reach);

export interface TextChart {
  head: string;
  lines: { line: string; strip: Strip }[];
  /** Lines that are left out. */
  left: number;
}

/**
 * Overheads with their intervals against their limits, as text that every renderer shows: each line from no cost (`┆`) to
 * its own limit (`║`), so that how much of a budget is used can be compared across metrics. Null where nothing can be drawn.
 */
export function drawChart(strips: Strip[], columns: number): TextChart | null {
  const gated = strips.filter((strip) => strip.gated).sort((a, b) => rankOf(a) - rankOf(b));
  const reach = computeReach(gated);
  const drawn = gated.flatMap((strip) => {
    const line = draw(strip, reach, columns);
    return line === null ? [] : [{ line, strip }];
  });
  if (drawn.length === 0) return null;
  const head = `${'   no cost'.padEnd(limitColumn(reach, columns) - 2)}limit`;
  return { head, lines: drawn.slice(0, MOST), left: Math.max(0, drawn.length - MOST) };
}

/** The chart with a label behind each line. */
export function textChart(strips: Strip[]): string | null {
  const chart = drawChart(strips, COLUMNS);
  if (chart === null) return null;
  return [
    chart.head,
    ...chart.lines.map(({ line, strip }) => `${line} ${VERDICT_MARKS[strip.verdict]} ${plainText(strip.label, 80)}`),
    ...(chart.left > 0 ? [`${chart.left} more: see report.html`] : []),
  ].join('\n');
}
