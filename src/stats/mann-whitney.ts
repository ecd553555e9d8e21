import { upperTail } from './normal.ts';

/** Above this many values in all, the library's expansion is as good as the exact distribution. */
const MAX_EXACT_VALUES = 400;

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

/** As `signedRankMisrate`, for the differences between two independent samples: the library rounds up there as well. */
export const mannWhitneyMisrate = (n: number, m: number, alpha: number): number | 'extremes' | null => {
  if (n < 1 || m < 1) return null;
  const limit = Math.min(alpha, 0.5) * (1 + 1e-12);
  if (n + m > MAX_EXACT_VALUES) return 2 * Math.min(alpha, 0.5);
  const cdf = tail(Math.min(n, m), Math.max(n, m), limit);
  const critical = cdf.findLastIndex((p) => p <= limit);
  if (critical < 0) return null;
  return critical === 0 ? 'extremes' : (cdf[critical - 1] ?? 0) + (cdf[critical] ?? 0);
};
