import type { Config, MeasureConfig } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { Looks, SamplesHeader } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import { ATTEMPT_SHARE, alphaShare } from '../stats/group-sequential.ts';
import { ALL_EARLY_BLOCKS, shareOfRanks } from './early-looks.ts';
import { planComparisons, type RunFacts } from './plan-comparisons.ts';
import { NOTHING_SEEN, type SeenInstances } from './see-instances.ts';

/** Chance that a whole run calls a fail where no comparison is above its limit, and chance a comparison of a false pass. */
const ALPHA_FAIL = 0.01;
const ALPHA_PASS = 0.05;
/** Up to so many blocks there is a look after each. More looks cost time and find nothing sooner. */
const MOST_LOOKS = 64;

/** Numbers of blocks after `from` up to `horizon`, evenly; the last is always `horizon`. */
export const lookPoints = (from: number, horizon: number): number[] => {
  const step = Math.max(1, Math.ceil((horizon - from) / MOST_LOOKS));
  const count = Math.ceil((horizon - from) / step);
  return Array.from({ length: count }, (_, k) => horizon - (count - 1 - k) * step);
};

/** Fewest blocks with which a run of so many gated comparisons can pass or fail: 2⁻ⁿ is at most alpha ÷ comparisons. */
export const fewestToDecide = (comparisonCount: number): number =>
  Math.ceil(-Math.log2((ALPHA_FAIL * shareOfRanks('fail') * ATTEMPT_SHARE) / Math.max(comparisonCount, 1)));

/** The signed-rank test of `n` blocks can reach no smaller one-sided p-value than 2⁻ⁿ. */
const smallestP = (n: number): number => 2 ** -n;

/**
 * The numbers of blocks at which a decision may fall: from the smallest at which the ranks can prove a fail at all, after every
 * block; the last is `max_blocks`. Before that the early ones, from `min_blocks` on.
 * @throws BadInputError where `max_blocks` is too small to decide anything
 */
export const planLooks = (
  measure: Pick<MeasureConfig, 'minBlocks' | 'maxBlocks'>,
  comparisonCount: number,
): Omit<Looks, 'comparisons'> => {
  const max = measure.maxBlocks;
  const alpha = (ALPHA_FAIL * shareOfRanks('fail') * ATTEMPT_SHARE) / Math.max(comparisonCount, 1);
  const needed = fewestToDecide(comparisonCount);
  if (max < needed)
    throw new BadInputError(
      `measure.max_blocks: ${max} blocks cannot decide anything with ${comparisonCount} gated comparisons; set at least ${needed}`,
    );
  let first = Math.min(Math.max(measure.minBlocks, 1), max);
  while (first < max && smallestP(first) > alpha * alphaShare(first / max)) first += 1;
  const early = ALL_EARLY_BLOCKS.filter((n) => n >= measure.minBlocks && n < max);
  return { schedule: lookPoints(first - 1, max), early, alphaFail: ALPHA_FAIL, alphaPass: ALPHA_PASS };
};

/**
 * The looks and the comparison family, which the header declares before the first block. Each earlier attempt that is not
 * continued has spent its share of the alpha of passes, so that nobody can repeat a run until it passes. The alpha of fails
 * stays whole, so that repeating does not make a fail less likely either.
 * @throws BadInputError where measure.max_blocks is too small to decide anything
 */
export const declareLooks = (config: Config, facts: RunFacts, seen: SeenInstances = NOTHING_SEEN): Looks => {
  const comparisons = planComparisons(config, facts, seen)
    .filter(({ obstacle }) => obstacle === null)
    .map(({ declared }) => declared);
  const looks = planLooks(config.measure, comparisons.length);
  const left = (1 - ATTEMPT_SHARE) ** (facts.unseenAttempts ?? 0);
  return { ...looks, alphaPass: looks.alphaPass * left, comparisons };
};

/** More looks than this in a file only cost time. */
const MOST_STORED_LOOKS = 100;

/**
 * The looks by which samples are decided. Their alpha is always this program's, because a file could otherwise grant itself a
 * pass or hide a fail. The schedule of the header is used where it ends at `max_blocks`: whatever its points, they do not
 * spend more than that alpha. The early looks are those of them that the header declares: a version without them has spent
 * all of alpha on ranks. With `replan` only the configuration counts.
 * @throws BadInputError where measure.max_blocks is too small to decide anything
 */
export const chooseLooks = (
  header: SamplesHeader,
  config: Config,
  seen: SeenInstances,
  replan: boolean,
): { looks: Looks; warnings: Warning[] } => {
  const planned = declareLooks(config, header, seen);
  const { schedule, early = [], alphaFail, alphaPass, comparisons } = header.looks;
  if (replan) return { looks: planned, warnings: [] };
  const isValid = schedule.length <= MOST_STORED_LOOKS && schedule.at(-1) === config.measure.maxBlocks;
  const looks = {
    ...planned,
    ...(isValid && { schedule, early: (planned.early ?? []).filter((n) => early.includes(n)) }),
    ...(comparisons.length > 0 && { comparisons }),
  };
  const ignored = [
    ...(alphaFail === planned.alphaFail ? [] : [`alphaFail ${alphaFail} (${planned.alphaFail} is used)`]),
    ...(alphaPass === planned.alphaPass ? [] : [`alphaPass ${alphaPass} (${planned.alphaPass} is used)`]),
    ...(isValid || schedule.length === 0
      ? []
      : [`schedule (it is planned from measure.max_blocks, ${config.measure.maxBlocks}, instead)`]),
  ];
  const message = `parts of the header's looks were ignored, because they are not this program's: ${ignored.join(', ')}`;
  return { looks, warnings: ignored.length > 0 ? [{ code: 'looks-ignored', message }] : [] };
};
