import { normalUpperTail } from './distributions.ts';

/** Above this many values the normal approximation is as good. */
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
