import { normalUpperTail } from './distributions.ts';

/** For more values than this in all, the normal approximation is as good as the exact distribution. */
export const MAX_EXACT_VALUES = 400;

/**
 * P(U ≤ u) for u = 0, 1, … to the middle, U the Mann–Whitney statistic of samples of `n` and `m`: coefficients of the
 * Gaussian binomial ∏ (1 − q^(m+i)) ÷ (1 − q^i), i = 1 … n, one factor after the other (Mann and Whitney 1947 count the
 * same by recurrence).
 */
const countLowerHalf = (n: number, m: number): Float64Array => {
  const size = Math.floor((n * m) / 2) + 1;
  const counts = new Float64Array(size);
  counts[0] = 1;
  let total = 1;
  for (let i = 1; i <= n; i += 1) {
    total *= (m + i) / i;
    for (let u = size - 1; u >= m + i; u -= 1) counts[u] = (counts[u] as number) - (counts[u - m - i] as number);
    for (let u = i; u < size; u += 1) counts[u] = (counts[u] as number) + (counts[u - i] as number);
  }
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum / total;
  });
};

/** Comparisons, phases and looks ask for the same few sizes again and again. */
const MOST_KNOWN = 300;
const known = new Map<string, Float64Array>();

const lowerHalf = (n: number, m: number): Float64Array => {
  const [fewer, more] = [Math.min(n, m), Math.max(n, m)];
  const key = `${fewer} ${more}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const half = countLowerHalf(fewer, more);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, half);
  return half;
};

/**
 * The largest u with P(U ≤ u) at most `alpha`, for two independent samples of `n` and `m` values, exactly; null where
 * even U = 0 is likelier. So many of the sorted differences may lie beyond a one-sided bound of level `alpha`.
 */
export const mannWhitneyCritical = (n: number, m: number, alpha: number): number | null => {
  if (n < 1 || m < 1) return null;
  const limit = Math.min(alpha, 0.5) * (1 + 1e-12);
  const critical = lowerHalf(n, m).findLastIndex((p) => p <= limit);
  return critical < 0 ? null : critical;
};

/** P(U ≤ u); by the normal approximation with correction for continuity where the exact distribution takes long. */
const mannWhitneyTail = (n: number, m: number, u: number): number => {
  if (n + m <= MAX_EXACT_VALUES) return lowerHalf(n, m)[u] ?? 1;
  const deviation = Math.sqrt((n * m * (n + m + 1)) / 12);
  return normalUpperTail(((n * m) / 2 - u - 0.5) / deviation);
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
