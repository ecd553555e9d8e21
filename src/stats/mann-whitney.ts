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
