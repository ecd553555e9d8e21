/** The tests of early looks, on values of one comparison and on what else is known of their noise. */

import { mean, sampleStandardDeviation, sum } from 'simple-statistics';
import type { OneSidedAlpha } from '../stats/paired-bounds.ts';
import { unimodalCritical, unimodalP } from '../stats/unimodal-bound.ts';
import type { Outcome } from './comparison-inputs.ts';
import type { EarlyTest } from './early-looks.ts';

/** What is known at a look besides the values themselves. Numbers are on the scale on which is decided. */
export interface NoiseAround {
  /** Standard deviations of what is measured alike: the noise is taken to be at least the largest of them. */
  scales: number[];
  /** None of them is of the same isolation, so that two modes of the treatment alone could hide in a few blocks. */
  isAlone: boolean;
  /** A mean that is nearer to the limit than this is not decided on by so few blocks. */
  leastDistance: number;
  /** From here on two modes are no worry: they would have to lie twice as far apart, which is a factor of nine. */
  farDistance: number;
  /** The order of the arms is unbalanced so far, or neighbouring blocks are known to be alike. */
  isBarred: boolean;
  /** False where a fail has to wait for what else must be known by then. */
  mayFail: boolean;
}

/**
 * Without another scale of the same isolation, nothing in a few blocks tells of a second mode: seven of ten instances may be in
 * one, and six blocks all be of that one in one run of nine. So only what lies far is decided, and not before the sixth block.
 */
const FIRST_ALONE = 6;

const scaleOf = (values: number[], { scales }: NoiseAround): number =>
  Math.max(sampleStandardDeviation(values), ...scales);

/** One-sided p-value against the limit; 1 where the conditions of an early decision are not met. */
export const unimodalTestP = (values: number[], limit: number, outcome: Outcome, noise: NoiseAround): number => {
  const n = values.length;
  if (noise.isBarred || (outcome === 'fail' && !noise.mayFail)) return 1;
  const distance = (outcome === 'fail' ? 1 : -1) * (mean(values) - limit);
  if (n < 3 || distance <= 0 || distance < noise.leastDistance) return 1;
  if (noise.isAlone && (distance < noise.farDistance || n < FIRST_ALONE)) return 1;
  return unimodalP(n, (distance * Math.sqrt(n)) / scaleOf(values, noise));
};

/** The noise of a few blocks is taken to be at most so many times the largest that is known: another function may vary more. */
const SCALE_MARGIN = 2;

/** Gauss (1823), one side: the chance that a symmetric variable with one peak and a deviation of at most 1 reaches `k`. */
const gaussTail = (k: number): number => (k >= 2 / Math.sqrt(3) ? 2 / (9 * k ** 2) : (1 - k / Math.sqrt(3)) / 2);

/** From where on the chance is at most `tail`. */
const gaussQuantile = (tail: number): number =>
  tail <= gaussTail(2 / Math.sqrt(3)) ? Math.sqrt(2 / (9 * tail)) : Math.sqrt(3) * (1 - 2 * tail);

/**
 * Every block by itself is many times the limit. With noise whose size is known from elsewhere, the chance of that is the
 * product of the chances of the blocks, and three are enough. Only fails, and only of factors over the limit.
 */
export const eachTestP = (values: number[], limit: number, outcome: Outcome, noise: NoiseAround): number => {
  if (outcome === 'pass' || noise.isBarred || !noise.mayFail || noise.isAlone || values.length < 3) return 1;
  const nearest = Math.min(...values) - limit;
  if (nearest < noise.farDistance) return 1;
  return gaussTail(nearest / (SCALE_MARGIN * scaleOf(values, noise))) ** values.length;
};

/** The largest value counts no more than the second largest: a block in which the machine stood still decides nothing. */
const sumWithoutExtreme = (values: number[]): number => {
  const [largest = 0, second = largest] = values.toSorted((a, b) => b - a);
  return sum(values) - largest + second;
};

/**
 * With the mean factor over the limit at most 1 in each block, given all before it, the product of the factors is a
 * supermartingale: it ever reaches 1 ÷ α with a chance of at most α. What is used is smaller. `values` are logarithms of costs.
 */
export const ratioTestP = (values: number[], limit: number, { mayFail }: Pick<NoiseAround, 'mayFail'>): number =>
  mayFail ? Math.min(1, Math.exp(-sumWithoutExtreme(values.map((value) => value - limit)))) : 1;

/** Bounds of the mean by the test of that name; null on a side on which it has none. */
export const earlyBounds = (
  test: EarlyTest,
  values: number[],
  noise: NoiseAround,
  alpha: OneSidedAlpha,
): { lower: number | null; upper: number | null } => {
  const n = values.length;
  const centre = mean(values);
  if (test === 'ratio')
    return { lower: alpha.lower > 0 ? (sumWithoutExtreme(values) + Math.log(alpha.lower)) / n : null, upper: null };
  if (test === 'each') {
    const distance = gaussQuantile(alpha.lower ** (1 / n)) * SCALE_MARGIN * scaleOf(values, noise);
    return { lower: alpha.lower > 0 ? Math.min(...values) - distance : null, upper: null };
  }
  const bound = (sign: 1 | -1, level: number): number | null => {
    const distance = (unimodalCritical(n, level) * scaleOf(values, noise)) / Math.sqrt(n);
    return Number.isFinite(distance) ? centre + sign * distance : null;
  };
  return { lower: bound(-1, alpha.lower), upper: bound(1, alpha.upper) };
};
