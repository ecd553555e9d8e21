import { BadInputError } from '../errors.ts';
import type { Looks, MeasureConfig } from '../types.ts';
import { alphaSpent } from './alpha-spending.ts';

/** Chance that a whole run calls a fail where no comparison is above its limit, and chance a comparison of a false pass. */
const ALPHA_FAIL = 0.01;
const ALPHA_PASS = 0.05;
/**
 * More looks cost power (each takes its share of alpha), fewer cost blocks: at most five, each with at least half as many
 * blocks again as the one before.
 */
const MAX_LOOKS = 5;
const SMALLEST_STEP = 1.5;

/** The signed-rank test of `n` blocks can reach no smaller one-sided p-value than 2⁻ⁿ. */
const smallestP = (n: number): number => 2 ** -n;

/** About equally far apart on a log scale, which is how the width of an interval shrinks. */
const candidates = (first: number, last: number): number[] => {
  const steps = Math.min(MAX_LOOKS - 1, Math.floor(Math.log(last / first) / Math.log(SMALLEST_STEP)));
  if (steps === 0) return [first];
  return Array.from({ length: steps + 1 }, (_, k) => Math.round(first * (last / first) ** (k / steps)));
};

/**
 * The numbers of blocks at which a decision may fall. The first is the smallest at which a fail is possible at all;
 * later ones are kept only where their own share of alpha makes a decision possible; the last is `max_blocks`.
 * @throws BadInputError where `max_blocks` can decide nothing
 */
export const planLooks = (
  measure: Pick<MeasureConfig, 'minBlocks' | 'maxBlocks'>,
  comparisonCount: number,
): Omit<Looks, 'comparisons'> => {
  const max = measure.maxBlocks;
  const alpha = ALPHA_FAIL / Math.max(comparisonCount, 1);
  const needed = Math.ceil(-Math.log2(alpha));
  if (max < needed)
    throw new BadInputError(
      `measure.max_blocks: ${max} blocks can decide nothing with ${comparisonCount} gated comparisons; set at least ${needed}`,
    );
  const spent = (n: number) => alphaSpent(alpha, n / max);
  let first = Math.min(Math.max(measure.minBlocks, 1), max);
  while (smallestP(first) > spent(first)) first += 1;

  const schedule: number[] = [];
  for (const n of candidates(first, max)) {
    const before = schedule.at(-1);
    if (smallestP(n) <= spent(n) - (before === undefined ? 0 : spent(before))) schedule.push(n);
  }
  // The cap is always a look; one before it that leaves it no alpha to decide with is given up instead.
  if (schedule.at(-1) !== max) schedule.splice(-1, 1, max);
  return { schedule, alphaFail: ALPHA_FAIL, alphaPass: ALPHA_PASS };
};
