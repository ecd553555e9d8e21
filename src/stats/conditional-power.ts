import { normalUpperQuantile, normalUpperTail } from './distributions.ts';

/** The drift is taken this many standard errors better than it seems: giving up must cost next to no power. */
const OPTIMISM = 1.645;

/**
 * Chance that a one-sided test of `level` at the end rejects, given its p-value at information `t` (0 < t ≤ 1), for a
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
