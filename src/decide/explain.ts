import { formatCost } from '../lib/format.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { EarlyTest } from './early-looks.ts';
import type { Finding } from './finding.ts';
import { formatDistance, fromScale, unitOf } from './limit-scale.ts';
import { explainFailures, hasFailures, type Losses, oneLine } from './losses.ts';

/** What one look saw of a comparison, on the scale on which is decided. */
export interface LookResult extends Omit<Losses, 'prevents'> {
  blocks: number;
  /** The test of an early look that decided; null where it was another look, or none. */
  early: EarlyTest | null;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  /** Where a bound is missing: the fewest blocks with both; null where no number of blocks has them. */
  needed: number | null;
  /** How many serially correlated blocks are worth one independent block; 1 where they are not correlated. */
  blocksPer: number;
  /** The blocks are worth so few independent ones that there is no interval. */
  isTooAlike: boolean;
  widening: number;
  /** `isFloor`: the minimum effect of regressions, which stands in for a lower limit. */
  limit: number;
  isFloor: boolean;
  /** The cost is below the limit, but failed instances or missing blocks prevent a pass. */
  isPassPrevented: boolean;
  /** The ranks prove a fail, but it is held back: this is no pass, and must not look like chance. */
  isHeldFail: boolean;
  findings: Finding[];
  /** Blocks that would probably decide it; null where the estimate lies at the limit. */
  blocksToSettle: number | null;
}

const formatValue = ({ limit }: DeclaredComparison, value: number | null): string =>
  formatCost(fromScale(limit, value) ?? Number.NaN, unitOf(limit));

/** `the limit +5%`, or the minimum effect that stands in for it. */
const describeLimit = (comparison: DeclaredComparison, { isFloor, limit }: LookResult): string => {
  const { text } = comparison.limit;
  return isFloor
    ? `the minimum effect of regressions, ${formatValue(comparison, limit)} here (the limit is ${text})`
    : `the limit ${text}`;
};

const describeWorth = ({ blocks, blocksPer }: LookResult): string => {
  const count = Math.max(1, Math.floor(blocks / blocksPer));
  return count === 1 ? 'one independent block' : `${count} independent blocks`;
};

const explainTooFew = (limit: string, { blocks, needed, failures }: LookResult): string => {
  const usable = `${blocks} usable ${blocks === 1 ? 'block is' : 'blocks are'} too few to decide on the limit ${limit}`;
  if (needed === null) return `${usable}: the baseline has too few blocks; record one from a longer run`;
  const remedy = hasFailures(failures) ? 'find out why instances failed' : 'increase measure.time';
  return `${usable}, at least ${needed} are needed; ${remedy}`;
};

/** Why no number of blocks is named; what makes blocks say less comes before the estimate. */
const explainNoForecast = ({ blocksPer, widening }: LookResult): string => {
  if (blocksPer > 1) return 'look for what changes on the host, or in the function, during the run';
  if (widening > 0) return 'mend what widens the limits (see the warnings)';
  return 'the estimate is too near the limit for any reasonable number of blocks';
};

const explainOpen = (comparison: DeclaredComparison, result: LookResult): string => {
  const { blocks, lower, upper, isDepleted, blocksToSettle } = result;
  if (result.isTooAlike)
    return `neighbouring blocks are so alike that ${blocks} count as ${describeWorth(result)}: look for what changes on the host, or in the function, during the run`;
  if (lower === null || upper === null) return explainTooFew(comparison.limit.text, result);
  const depleted = isDepleted ? ', and more than a tenth of all blocks cannot be used' : '';
  const next = isDepleted
    ? 'find out why instances failed'
    : blocksToSettle === null
      ? explainNoForecast(result)
      : `about ${blocksToSettle} blocks would decide it, if the estimate holds`;
  return `after ${blocks} blocks the interval from ${formatValue(comparison, lower)} to ${formatValue(comparison, upper)} is not clearly above or below ${describeLimit(comparison, result)}${depleted}; ${next}`;
};

/** What speaks against a fail that the ranks prove. */
const explainHeldFail = (comparison: DeclaredComparison, result: LookResult, holds: string[]): string => {
  const isCorrelated = result.blocksPer > 1;
  const reasons = [
    ...holds,
    ...(isCorrelated ? [`neighbouring blocks are alike: ${result.blocks} count as ${describeWorth(result)}`] : []),
    ...(holds.length === 0 && !isCorrelated
      ? ['because of defects of the blocks, limits are widened by more than the excess (see the warnings)']
      : []),
  ];
  return `the cost seems to be above ${describeLimit(comparison, result)} over ${result.blocks} blocks, but that is not proven: ${reasons.join('; ')}`;
};

/** One sentence, without its full stop, on why a comparison has its verdict, with the numbers that decided. */
export const explain = (
  comparison: DeclaredComparison,
  outcome: 'fail' | 'pass' | 'open',
  result: LookResult,
): string => {
  const { limit } = comparison;
  const { blocks, incomplete, blocksPer, widening, isTooAlike } = result;
  const holds = result.findings.flatMap(({ hold }) => (hold === null ? [] : [oneLine(hold)]));
  const against = describeLimit(comparison, result);
  const wider = widening > 0 ? ` (widened both ways by ${formatDistance(widening, unitOf(limit))})` : '';
  const early = result.early === null ? '' : ' (decided early)';
  const alike =
    blocksPer > 1 && !isTooAlike ? ` (neighbouring blocks are alike: they count as ${describeWorth(result)})` : '';
  const failures = explainFailures(result.failures);
  const also = failures === null ? '' : `; ${failures}`;
  // Blocks that are worth fewer than three have no bounds: then the ranks alone have decided.
  const describeBound = (side: 'lower' | 'upper', value: number | null): string =>
    Number.isFinite(value)
      ? `even the ${side} bound, ${formatValue(comparison, value)}, is`
      : 'by its ranks, the cost is';
  if (outcome === 'fail')
    return `${describeBound('lower', result.lower)} above ${against}${wider} over ${blocks} blocks${early}${alike}${also}`;
  if (outcome === 'pass')
    return `${describeBound('upper', result.upper)} below ${against}${wider} over ${blocks} blocks${early}${alike}`;
  if (result.isPassPrevented) {
    const missing = incomplete > 0 ? [`${incomplete} incomplete blocks prevent a pass`] : [];
    const failed = failures === null ? [] : ['a failed instance prevents a pass', failures];
    return `below ${against} over ${blocks} blocks, but ${[...failed, ...missing].join('; ')}`;
  }
  if (result.isHeldFail) return explainHeldFail(comparison, result, holds) + also;
  return holds.length > 0
    ? `not decided: ${holds.join('; ')}${also}`
    : `${explainOpen(comparison, result)}${wider}${alike}${also}`;
};
