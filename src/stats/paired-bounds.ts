import { center, centerBounds, Sample } from 'pragmastat';
import type { Bounds } from '../model/metrics.ts';
import { signedRankMisrate } from './signed-rank.ts';

/** One-sided levels: the chance that the true value lies below `lower`, and above `upper`. */
export interface OneSidedAlpha {
  lower: number;
  upper: number;
}

const at = (values: number[], alpha: number, side: 'lower' | 'upper'): number | null => {
  const misrate = signedRankMisrate(values.length, alpha);
  if (misrate === null) return null;
  if (misrate === 'extremes') return side === 'lower' ? Math.min(...values) : Math.max(...values);
  return centerBounds(Sample.of(values), misrate)[side];
};

/** The most that a configuration may ask for. */
const MOST_BLOCKS = 10_000;

/** The fewest blocks that have a bound at the level `alpha`: 2⁻ⁿ is the smallest one-sided p-value of n blocks. */
export const pairedBlocksNeeded = (alpha: number): number => {
  let n = 1;
  while (n < MOST_BLOCKS && signedRankMisrate(n, alpha) === null) n += 1;
  return n;
};

/**
 * Hodges–Lehmann estimate of the centre of per-block differences (median of the Walsh averages) with one-sided bounds from
 * the Wilcoxon signed-rank distribution. They are exact up to 63 blocks; for more the library approximates the distribution.
 * Equal values give an interval of width zero. Tied values make the bounds wider than asked for, never narrower.
 */
export const pairedBounds = (values: number[], alpha: OneSidedAlpha): Bounds =>
  values.length === 0
    ? { estimate: null, lower: null, upper: null }
    : {
        estimate: center(Sample.of(values)).value,
        lower: at(values, alpha.lower, 'lower'),
        upper: at(values, alpha.upper, 'upper'),
      };
