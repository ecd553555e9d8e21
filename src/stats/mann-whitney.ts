import { upperTail } from './normal.ts';

/** Above this many values in all, the normal approximation is as good as the exact distribution. */
export const MAX_EXACT_VALUES = 400;

/**
 * Counts, as a share of all, of the Mann–Whitney statistic U = 0, 1, … of samples of `n` and `m`: coefficients of
 * the Gaussian binomial ∏ (1 − q^(m+i)) / (1 − q^i), i = 1 … n, taken as far as `alpha` is not exceeded.
 */
const tail = (n: number, m: number, alpha: number): number[] => {
  let total = 1;
  for (let i = 1; i <= n; i += 1) total *= (m + i) / i;
  const sigma = (u: number): number => {
    let sum = 0;
    for (let d = 1; d <= n; d += 1) sum += (u % d === 0 ? d : 0) - (u % (m + d) === 0 ? m + d : 0);
    return sum;
  };
  // u·c(u) = Σ σ(u − i)·c(i): the recurrence of Löffler (1982) for these coefficients.
  const counts = [1];
  const sigmas = [0];
  const cdf = [1 / total];
  for (let u = 1; (cdf.at(-1) ?? 1) <= alpha && u <= n * m; u += 1) {
    sigmas.push(sigma(u));
    let count = 0;
    for (let i = 0; i < u; i += 1) count += (counts[i] ?? 0) * (sigmas[u - i] ?? 0);
    counts.push(count / u);
    cdf.push((cdf.at(-1) ?? 0) + count / u / total);
  }
  return cdf;
};

/** The same few sizes and levels are asked for again and again: over comparisons, phases and looks. */
const MOST_KNOWN = 1000;
const known = new Map<string, number | null>();

const find = (n: number, m: number, limit: number): number | null => {
  const critical = tail(n, m, limit).findLastIndex((p) => p <= limit);
  return critical < 0 ? null : critical;
};

/**
 * The largest u with P(U ≤ u) at most `alpha`, for two independent samples of `n` and `m` values, exactly; null where
 * even U = 0 is likelier. So many of the sorted differences may lie beyond a one-sided bound of level `alpha`.
 */
export const mannWhitneyCritical = (n: number, m: number, alpha: number): number | null => {
  if (n < 1 || m < 1) return null;
  const limit = Math.min(alpha, 0.5) * (1 + 1e-12);
  const [fewer, more] = [Math.min(n, m), Math.max(n, m)];
  const key = `${fewer} ${more} ${limit}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const critical = find(fewer, more, limit);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, critical);
  return critical;
};

const tails = new Map<string, number[]>();

/** P(U ≤ u) for u = 0, 1, … as far as it is at most one half. */
const lowerHalf = (n: number, m: number): number[] => {
  const key = `${Math.min(n, m)} ${Math.max(n, m)}`;
  const known = tails.get(key) ?? tail(Math.min(n, m), Math.max(n, m), 0.5);
  tails.set(key, known);
  return known;
};

/** P(U ≤ u); by the normal approximation with correction for continuity where the exact distribution takes long. */
const mannWhitneyTail = (n: number, m: number, u: number): number => {
  if (n + m <= MAX_EXACT_VALUES) return lowerHalf(n, m)[u] ?? 1;
  const deviation = Math.sqrt((n * m * (n + m + 1)) / 12);
  return upperTail(((n * m) / 2 - u - 0.5) / deviation);
};

/** As `signedRankP` for the shift of `now` over `then`, two independent samples: the Mann–Whitney test. */
export const mannWhitneyP = (now: number[], then: number[], limit: number): { above: number; below: number } => {
  if (now.length === 0 || then.length === 0) return { above: 1, below: 1 };
  const largest = Math.max(...now.map(Math.abs), ...then.map(Math.abs), Math.abs(limit), 1e-3);
  const tolerance = 1e-9 * largest;
  let notAbove = 0;
  let notBelow = 0;
  for (const x of now)
    for (const y of then) {
      if (x - y - limit <= tolerance) notAbove += 1;
      if (x - y - limit >= -tolerance) notBelow += 1;
    }
  return {
    above: mannWhitneyTail(now.length, then.length, notAbove),
    below: mannWhitneyTail(now.length, then.length, notBelow),
  };
};
