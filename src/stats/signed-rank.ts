/** Above this size the exact distribution is not worth its time, and the library's expansion is as good. */
const MAX_EXACT_BLOCKS = 250;

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

/**
 * What to ask the library for so that each side's miss rate is at most `alpha`. Asked for a level between two steps of
 * the discrete distribution, pragmastat 12.1 answers with the next step *up* (n = 9, alpha 0.00229: true rate 0.0039).
 * So ask for the middle of the step below. Null where no bound exists at this level; 'extremes' where it is the
 * smallest and largest value.
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
