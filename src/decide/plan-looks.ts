import type { MeasureConfig } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { Looks } from '../model/samples.ts';
import { ATTEMPT_SHARE, alphaShare } from '../stats/alpha-spending.ts';

/** Chance that a whole run calls a fail where no comparison is above its limit, and chance a comparison of a false pass. */
const ALPHA_FAIL = 0.01;
const ALPHA_PASS = 0.05;
/** After every block where there are few; more looks than this cost time and find nothing sooner. */
const MOST_LOOKS = 64;

/** Numbers of blocks after `from` up to `horizon`, evenly; the last is always `horizon`. */
export const lookPoints = (from: number, horizon: number): number[] => {
  const step = Math.max(1, Math.ceil((horizon - from) / MOST_LOOKS));
  const count = Math.ceil((horizon - from) / step);
  return Array.from({ length: count }, (_, k) => horizon - (count - 1 - k) * step);
};

/** Fewest blocks at whose end a run of so many gated comparisons can call both verdicts: 2⁻ⁿ at most alpha ÷ comparisons. */
export const fewestToDecide = (comparisonCount: number): number =>
  Math.ceil(-Math.log2((ALPHA_FAIL * ATTEMPT_SHARE) / Math.max(comparisonCount, 1)));

/** The signed-rank test of `n` blocks can reach no smaller one-sided p-value than 2⁻ⁿ. */
const smallestP = (n: number): number => 2 ** -n;

/**
 * The numbers of blocks at which a decision may fall: from the smallest at which a fail is possible at all, after every
 * block; the last is `max_blocks`.
 * @throws BadInputError where `max_blocks` can decide nothing
 */
export const planLooks = (
  measure: Pick<MeasureConfig, 'minBlocks' | 'maxBlocks'>,
  comparisonCount: number,
): Omit<Looks, 'comparisons'> => {
  const max = measure.maxBlocks;
  const alpha = (ALPHA_FAIL * ATTEMPT_SHARE) / Math.max(comparisonCount, 1);
  const needed = fewestToDecide(comparisonCount);
  if (max < needed)
    throw new BadInputError(
      `measure.max_blocks: ${max} blocks can decide nothing with ${comparisonCount} gated comparisons; set at least ${needed}`,
    );
  let first = Math.min(Math.max(measure.minBlocks, 1), max);
  while (first < max && smallestP(first) > alpha * alphaShare(first / max)) first += 1;
  return { schedule: lookPoints(first - 1, max), alphaFail: ALPHA_FAIL, alphaPass: ALPHA_PASS };
};
