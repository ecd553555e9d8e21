/** The tests of early looks, on values of one comparison and on what else is known of their noise. */

import { mean, sampleStandardDeviation, sum } from 'simple-statistics';
import type { OneSidedAlpha } from '../stats/paired-bounds.ts';
import { unimodalCritical, unimodalP } from '../stats/unimodal-bound.ts';
import type { Outcome } from './comparison-inputs.ts';

/** What is known at a look besides the values themselves. Numbers are on the scale on which is decided. */
export interface NoiseAround {
  /** Standard deviations of what is measured alike: the noise is taken to be at least the largest of them. */
  scales: number[];
  /** None of them is of the same isolation, so that two modes of the treatment alone could hide in a few blocks. */
  isAlone: boolean;
  /** A mean that is nearer to the limit than this is not decided on by so few blocks. */
  leastDistance: number;
  /** From here on two modes are no worry: they would have to lie twice as far apart. */
  farDistance: number;
  /** The order of the arms is unbalanced so far, or neighbouring blocks are known to be alike. */
  isBarred: boolean;
  /** False where a fail has to wait for what else must be known by then. */
  mayFail: boolean;
}

/**
 * Without another scale of the same isolation: six blocks are all in the same one of two modes once in 32 runs, ten once in
 * 512. A false alarm is worse than a false pass.
 */
const FIRST_ALONE: Record<Outcome, number> = { pass: 6, fail: 10 };

const scaleOf = (values: number[], { scales }: NoiseAround): number =>
  Math.max(sampleStandardDeviation(values), ...scales);

/** One-sided p-value against the limit; 1 where the conditions of an early decision are not met. */
export const unimodalTestP = (values: number[], limit: number, outcome: Outcome, noise: NoiseAround): number => {
  const n = values.length;
  if (noise.isBarred || (outcome === 'fail' && !noise.mayFail)) return 1;
  const distance = (outcome === 'fail' ? 1 : -1) * (mean(values) - limit);
  if (n < 3 || distance <= 0 || distance < noise.leastDistance) return 1;
  if (noise.isAlone && distance < noise.farDistance && n < FIRST_ALONE[outcome]) return 1;
  return unimodalP(n, (distance * Math.sqrt(n)) / scaleOf(values, noise));
};

/**
 * With the mean factor over the limit at most 1 in each block, given all before it, the product of the factors is a
 * supermartingale: it ever reaches 1 ÷ α with a chance of at most α. `values` are logarithms of costs.
 */
export const ratioTestP = (values: number[], limit: number, { mayFail }: Pick<NoiseAround, 'mayFail'>): number =>
  mayFail ? Math.min(1, Math.exp(-sum(values.map((value) => value - limit)))) : 1;

/** Bounds of the mean by the test of that name; null on a side on which it has none. */
export const earlyBounds = (
  test: 'unimodal' | 'ratio',
  values: number[],
  noise: NoiseAround,
  alpha: OneSidedAlpha,
): { lower: number | null; upper: number | null } => {
  const n = values.length;
  const centre = mean(values);
  if (test === 'ratio') return { lower: alpha.lower > 0 ? centre + Math.log(alpha.lower) / n : null, upper: null };
  const bound = (sign: 1 | -1, level: number): number | null => {
    const distance = (unimodalCritical(n, level) * scaleOf(values, noise)) / Math.sqrt(n);
    return Number.isFinite(distance) ? centre + sign * distance : null;
  };
  return { lower: bound(-1, alpha.lower), upper: bound(1, alpha.upper) };
};
