/** Trends of values in the order in which they were measured. */

import { median } from 'simple-statistics';
import { normalUpperTail } from './distributions.ts';

/** For more values than this the normal approximation is as good. */
const MAX_EXACT = 60;

const distributions = new Map<number, Float64Array>();

/**
 * P(k or fewer of the pairs of `n` values in random order descend), k = 0, 1, …: each further value adds 0 … n − 1 such
 * pairs, all equally likely (Kendall, 1938).
 */
const exactCdf = (n: number): Float64Array => {
  const known = distributions.get(n);
  if (known !== undefined) return known;
  let cdf = new Float64Array((n * (n - 1)) / 2 + 1).fill(1);
  for (let size = 2; size <= n; size += 1) {
    let window = 0;
    const next = new Float64Array(cdf.length);
    // The mean of the last `size` values of the distribution of one value less.
    for (let k = 0; k < cdf.length; k += 1) {
      window += (cdf[k] ?? 0) - (k >= size ? (cdf[k - size] ?? 0) : 0);
      next[k] = window / size;
    }
    cdf = next;
  }
  distributions.set(n, cdf);
  return cdf;
};

const tieSizes = (values: number[]): number[] => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].filter((count) => count > 1);
};

/** With a correction for continuity and for ties (Hollander, Wolfe, Chicken, section 8.1). */
const normalP = (s: number, n: number, ties: number[]): number => {
  const weight = (size: number) => size * (size - 1) * (2 * size + 5);
  const variance = (weight(n) - ties.reduce((sum, size) => sum + weight(size), 0)) / 18;
  return variance <= 0 ? 1 : Math.min(1, 2 * normalUpperTail((Math.abs(s) - 1) / Math.sqrt(variance)));
};

/**
 * Mann–Kendall test for a monotone trend of values in the order in which they were measured (Mann, 1945).
 * @returns S, the pairs that ascend less those that descend, and its two-sided p-value: exact up to 60 values without ties
 */
export const kendallTrend = (values: number[]): { s: number; p: number } => {
  const n = values.length;
  let s = 0;
  for (let j = 1; j < n; j += 1) for (let i = 0; i < j; i += 1) s += Math.sign((values[j] ?? 0) - (values[i] ?? 0));
  const ties = tieSizes(values);
  if (s === 0 || n < 2) return { s, p: 1 };
  if (ties.length > 0 || n > MAX_EXACT) return { s, p: normalP(s, n, ties) };
  const fewer = ((n * (n - 1)) / 2 - Math.abs(s)) / 2;
  return { s, p: Math.min(1, 2 * (exactCdf(n)[fewer] ?? 1)) };
};

/**
 * Slope of y over x: the median of the slopes of all pairs of points (Theil, 1950; Sen, 1968), in units of y for each unit of x.
 * Null where no two points differ in x.
 */
export const theilSenSlope = (points: { x: number; y: number }[]): number | null => {
  const slopes: number[] = [];
  for (const [j, b] of points.entries())
    for (const a of points.slice(0, j)) if (a.x !== b.x) slopes.push((b.y - a.y) / (b.x - a.x));
  return slopes.length === 0 ? null : median(slopes);
};

/** Numbers of newest values that are looked at, because a drift that began lately would be lost in a long history. */
const WINDOWS = [8, 16, 32, 64];
/** Fewer values in a row never show a drift. */
const FEWEST_OF_DRIFT = 7;
/** For all windows of one look at one history together. */
const DRIFT_ALPHA = 0.002;

export interface SlowDrift {
  /** How many of the newest values it covers. */
  length: number;
  /** Growth over them by the Theil–Sen slope, in the values' own unit. */
  total: number;
  p: number;
}

/**
 * A steady rise at the end of a series, no single step of which need be visible: Mann–Kendall tests over windows that end at
 * the newest value, with Bonferroni's correction over the windows. Of those that show a rise, the window with the largest
 * total. Falls are not looked for, because they cost nothing.
 */
export const slowDrift = (values: number[]): SlowDrift | null => {
  const lengths = [...new Set([...WINDOWS, values.length].map((one) => Math.min(one, values.length, 64)))].filter(
    (length) => length >= FEWEST_OF_DRIFT,
  );
  const found = lengths.flatMap((length) => {
    const window = values.slice(-length);
    const { s, p } = kendallTrend(window);
    if (s <= 0 || p > DRIFT_ALPHA / lengths.length) return [];
    const slope = theilSenSlope(window.map((y, x) => ({ x, y }))) ?? 0;
    return [{ length, total: slope * (length - 1), p }];
  });
  const [largest] = found.sort((a, b) => b.total - a.total);
  return largest ?? null;
};
