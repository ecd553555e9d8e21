import { shiftBounds as libraryBounds, Sample, shift } from 'pragmastat';
import { mannWhitneyMisrate } from './mann-whitney.ts';
import type { Bounds, OneSidedAlpha } from './paired-bounds.ts';

const at = (now: number[], then: number[], alpha: number, side: 'lower' | 'upper'): number | null => {
  const misrate = mannWhitneyMisrate(now.length, then.length, alpha);
  if (misrate === null) return null;
  if (misrate === 'extremes')
    return side === 'lower' ? Math.min(...now) - Math.max(...then) : Math.max(...now) - Math.min(...then);
  return libraryBounds(Sample.of(now), Sample.of(then), misrate)[side];
};

/** Longer runs than this gain nothing: the number of baseline blocks is what is too small. */
const MOST_BLOCKS = 400;

/** Fewest blocks of this run with a bound at the level `alpha`, given those of the baseline; null where none suffice. */
export const shiftBlocksNeeded = (thenCount: number, alpha: number): number | null => {
  for (let n = 1; n <= MOST_BLOCKS; n += 1) if (mannWhitneyMisrate(n, thenCount, alpha) !== null) return n;
  return null;
};

/**
 * By how much `now` lies above `then`, for two independent sets of blocks (this run and a stored baseline):
 * Hodges–Lehmann shift (median of all differences) with one-sided bounds from the Mann–Whitney distribution.
 * It does not know how much runs differ from each other beyond their blocks.
 */
export const shiftBounds = (now: number[], then: number[], alpha: OneSidedAlpha): Bounds =>
  now.length === 0 || then.length === 0
    ? { estimate: null, lower: null, upper: null }
    : {
        estimate: shift(Sample.of(now), Sample.of(then)).value,
        lower: at(now, then, alpha.lower, 'lower'),
        upper: at(now, then, alpha.upper, 'upper'),
      };
