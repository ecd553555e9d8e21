import { signedRankCdf } from '../../src/stats/signed-rank.ts';
import type { Outcome } from './ruling.ts';

/** P(V ≥ v), V the signed-rank statistic of the differences from `limit`. Zeros count half on each side. */
const greaterP = (differences: number[], limit: number): { above: number; below: number } => {
  const offsets = differences.map((d) => d - limit).sort((a, b) => Math.abs(a) - Math.abs(b));
  let above = 0;
  let below = 0;
  for (const [index, offset] of offsets.entries()) {
    if (offset >= 0) above += index + 1;
    if (offset <= 0) below += index + 1;
  }
  const cdf = signedRankCdf(offsets.length);
  // V⁺ + V⁻ = n(n+1)/2, so that P(V⁺ ≥ v) = P(V⁻ ≤ what is left).
  return { above: cdf[below] ?? 1, below: cdf[above] ?? 1 };
};

/** One-sided p-values of "at most the limit" and of "at least the limit". */
export const signedRankP = (differences: number[], limit: number): { fail: number; pass: number } => {
  const { above, below } = greaterP(differences, limit);
  return { fail: above, pass: below };
};

/** The yardstick: Wilcoxon's test, once, on all blocks. */
export const fixedSignedRank = (
  differences: number[],
  limit: number,
  alpha: { fail: number; pass: number },
): Outcome => {
  const p = signedRankP(differences, limit);
  if (p.fail <= alpha.fail) return 'fail';
  return p.pass <= alpha.pass ? 'pass' : 'inconclusive';
};

/** The same for a whole run: Holm's procedure over the fails (Holm 1979), each pass at its own level. */
export const fixedSignedRankRun = (
  claims: { differences: number[]; limit: number }[],
  alpha: { fail: number; pass: number },
): Outcome[] => {
  const all = claims.map(({ differences, limit }, index) => ({ index, ...signedRankP(differences, limit) }));
  const outcomes = all.map(({ pass }): Outcome => (pass <= alpha.pass ? 'pass' : 'inconclusive'));
  const ranked = [...all].sort((a, b) => a.fail - b.fail);
  for (const [rank, { index, fail }] of ranked.entries()) {
    if (fail > alpha.fail / (all.length - rank)) break;
    outcomes[index] = 'fail';
  }
  return outcomes;
};
