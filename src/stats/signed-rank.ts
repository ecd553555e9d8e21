import { normalUpperTail } from './distributions.ts';

/** For more blocks the exact distribution is not worth its time, because the normal approximation is as good. */
const MAX_EXACT_BLOCKS = 250;

/** Bounds and limits that differ by less than this share of rounding count as the same number. */
const ROUNDING = 1e-9;

const distributions = new Map<number, Float64Array>();

/**
 * P(V ≤ v) for v = 0, 1, … of the Wilcoxon signed-rank statistic V of `n` blocks: each rank i is added with
 * probability one half (Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, section 3.1).
 */
export const signedRankCdf = (n: number): Float64Array => {
  const known = distributions.get(n);
  if (known !== undefined) return known;
  const size = (n * (n + 1)) / 2 + 1;
  const probability = new Float64Array(size);
  probability[0] = 1;
  for (let rank = 1; rank <= n; rank += 1)
    for (let v = (rank * (rank + 1)) / 2; v >= 0; v -= 1)
      probability[v] = ((probability[v] ?? 0) + (v < rank ? 0 : (probability[v - rank] ?? 0))) / 2;
  let sum = 0;
  const cdf = probability.map((p) => {
    sum += p;
    return sum;
  });
  distributions.set(n, cdf);
  return cdf;
};

/** Walsh averages (of two offsets, or one with itself) that are at most 0; `offsets` ascending. */
const countNotAbove = (offsets: number[], tolerance: number): number => {
  let count = 0;
  let top = offsets.length - 1;
  for (let i = 0; i < offsets.length; i += 1) {
    while (top >= 0 && (offsets[i] as number) + (offsets[top] as number) > tolerance) top -= 1;
    // Each average counts once: that of the value with itself, and with those above it.
    if (top >= i) count += top - i + 1;
  }
  return count;
};

/** P(V ≤ v) of `n` blocks; above 250 blocks by the normal approximation with correction for continuity. */
const signedRankTail = (n: number, v: number): number => {
  if (n <= MAX_EXACT_BLOCKS) return signedRankCdf(n)[v] ?? 1;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  return normalUpperTail((n * (n + 1)) / 4 / deviation - (v + 0.5) / deviation);
};

/**
 * One-sided p-values of Wilcoxon's signed-rank test: `above` against "the centre is at most `limit`", `below` against
 * "at least". They are counted by Walsh averages, so that `above` ≤ alpha exactly where an exact lower bound at alpha is
 * above `limit`. Ties and values at the limit count against both.
 */
export const signedRankP = (values: number[], limit: number): { above: number; below: number } => {
  const n = values.length;
  if (n === 0) return { above: 1, below: 1 };
  let largest = Math.max(Math.abs(limit), 1e-3);
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value));
    lowest = Math.min(lowest, value - limit);
    highest = Math.max(highest, value - limit);
  }
  // All on one side: no average is on the other.
  const tolerance = 2 * ROUNDING * largest;
  const all = (n * (n + 1)) / 2;
  if (highest < -tolerance) return { above: signedRankTail(n, all), below: signedRankTail(n, 0) };
  if (lowest > tolerance) return { above: signedRankTail(n, 0), below: signedRankTail(n, all) };
  const offsets = values.map((value) => value - limit).sort((a, b) => a - b);
  const mirrored = offsets.map((offset) => -offset).reverse();
  return {
    above: signedRankTail(values.length, countNotAbove(offsets, tolerance)),
    below: signedRankTail(values.length, countNotAbove(mirrored, tolerance)),
  };
};

/** The largest level of the test of `n` blocks that is at most `level`; 0 where even 2⁻ⁿ is more. */
export const attainableLevel = (n: number, level: number): number => {
  if (n < 1) return 0;
  if (n > MAX_EXACT_BLOCKS) return level;
  const cdf = signedRankCdf(n);
  const limit = level * (1 + 1e-12);
  let critical = -1;
  while ((cdf[critical + 1] ?? 1) <= limit) critical += 1;
  return critical < 0 ? 0 : (cdf[critical] as number);
};

/**
 * The two-sided miss rate to ask the library for, so that each side's miss rate is at most `alpha`. For a level between two
 * steps of the discrete distribution pragmastat 12.1 returns the next step *up* (n = 9, alpha 0.00229: true rate 0.0039), so
 * this is the middle of the step below. Null where no bound exists at this level; 'extremes' where the bounds are the
 * smallest and the largest value.
 */
export const signedRankMisrate = (n: number, alpha: number): number | 'extremes' | null => {
  if (n < 1 || 2 ** -n > alpha) return null;
  if (n > MAX_EXACT_BLOCKS) return 2 * Math.min(alpha, 0.5);
  const cdf = signedRankCdf(n);
  const limit = Math.min(alpha, 0.5) * (1 + 1e-12);
  let critical = 0;
  while ((cdf[critical + 1] ?? 1) <= limit) critical += 1;
  return critical === 0 ? 'extremes' : (cdf[critical - 1] ?? 0) + (cdf[critical] ?? 0);
};
