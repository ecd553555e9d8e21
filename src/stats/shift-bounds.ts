import { shiftBounds as libraryBounds, Sample, shift } from 'pragmastat';
import type { Bounds } from '../model/metrics.ts';
import { MAX_EXACT_VALUES, mannWhitneyCritical } from './mann-whitney.ts';
import type { OneSidedAlpha } from './paired-bounds.ts';

/** All differences, ascending. */
const differences = (now: number[], then: number[]): Float64Array =>
  Float64Array.from(now.flatMap((a) => then.map((b) => a - b))).sort();

/**
 * Exact bounds are read from the sorted differences. The library's bounds are the same, rounded up to its next step (see
 * `signedRankMisrate`), but it works out the whole distribution again for each, which took most of the time of a replay.
 */
const exactBounds = (now: number[], then: number[], alpha: OneSidedAlpha): Omit<Bounds, 'estimate'> => {
  const sorted = differences(now, then);
  const lower = mannWhitneyCritical(now.length, then.length, alpha.lower);
  const upper = mannWhitneyCritical(now.length, then.length, alpha.upper);
  return {
    lower: lower === null ? null : (sorted[lower] ?? null),
    upper: upper === null ? null : (sorted[sorted.length - 1 - upper] ?? null),
  };
};

const approximateBounds = (now: number[], then: number[], alpha: OneSidedAlpha): Omit<Bounds, 'estimate'> => {
  const at = (level: number) => libraryBounds(Sample.of(now), Sample.of(then), 2 * Math.min(level, 0.5));
  return { lower: at(alpha.lower).lower, upper: at(alpha.upper).upper };
};

/** A longer run than this gains nothing: the number of baseline blocks is what is too small. */
const MOST_BLOCKS = 400;

/** Whether so many values on the two sides have bounds at the level `alpha`. */
export const hasShiftBounds = (nowCount: number, thenCount: number, alpha: number): boolean =>
  nowCount > 0 &&
  thenCount > 0 &&
  (nowCount + thenCount > MAX_EXACT_VALUES || mannWhitneyCritical(nowCount, thenCount, alpha) !== null);

/** The fewest blocks of this run that have a bound at the level `alpha`, given the blocks of the baseline; null where none do. */
export const shiftBlocksNeeded = (thenCount: number, alpha: number): number | null => {
  for (let n = 1; thenCount > 0 && n <= MOST_BLOCKS; n += 1) if (hasShiftBounds(n, thenCount, alpha)) return n;
  return null;
};

/**
 * By how much `now` lies above `then`, for two independent sets of blocks (this run and a stored baseline):
 * Hodges–Lehmann shift (median of all differences) with one-sided bounds from the Mann–Whitney distribution.
 * How much runs differ from each other beyond their blocks is not part of it.
 */
export const shiftBounds = (now: number[], then: number[], alpha: OneSidedAlpha): Bounds => {
  if (now.length === 0 || then.length === 0) return { estimate: null, lower: null, upper: null };
  const isExact = now.length + then.length <= MAX_EXACT_VALUES;
  return {
    estimate: shift(Sample.of(now), Sample.of(then)).value,
    ...(isExact ? exactBounds(now, then, alpha) : approximateBounds(now, then, alpha)),
  };
};
