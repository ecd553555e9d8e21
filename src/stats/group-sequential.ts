/** How alpha is spent over the looks of one attempt, and whether it is worth going on. */

import { normalUpperQuantile, normalUpperTail } from './distributions.ts';

/**
 * Share of alpha that may be spent by information time `t` (blocks ÷ planned blocks; Lan and DeMets 1983): about a third as
 * t^1.5, so that large excesses end a run early, and the rest as t^30, nearly all of it at the last look, which is therefore
 * almost the test of fixed size. Weights and powers are those that docs/explanation/accuracy.md found to keep at least 95 % of
 * that test's power with the fewest blocks.
 */
export const alphaShare = (t: number): number => {
  const within = Math.min(Math.max(t, 0), 1);
  return 0.35 * within ** 1.5 + 0.65 * within ** 30;
};

/** The share that an attempt may spend of what the attempts before it left, so that repeating a run until it is green has a price. */
export const ATTEMPT_SHARE = 0.98;

/** The drift is taken this many standard errors better than it seems, so that giving up costs next to no power. */
const OPTIMISM = 1.645;

/**
 * The chance that a one-sided test of `level` rejects at the end, given its p-value at information time `t` (0 < t ≤ 1), for a
 * drift 1.645 standard errors better than the one seen: B-values of Lan and Wittes (1988), B(t) = z·√t, drift B(t) ÷ t.
 */
export const conditionalPower = ({ p, t, level }: { p: number; t: number; level: number }): number => {
  const z = normalUpperQuantile(Math.min(Math.max(p, 1e-12), 1 - 1e-12));
  const critical = normalUpperQuantile(level);
  if (t >= 1) return z >= critical ? 1 : 0;
  const b = z * Math.sqrt(t);
  const drift = b / t + OPTIMISM / Math.sqrt(t);
  return normalUpperTail((critical - b - drift * (1 - t)) / Math.sqrt(1 - t));
};
