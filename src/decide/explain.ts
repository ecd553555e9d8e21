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
  /** `measure.max_blocks`. */
  mostBlocks: number;
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
  const remedy = hasFailures(failures) ? 'find out why instances failed' : 'raise measure.max_time';
  return `${usable}, at least ${needed} are needed; ${remedy}`;
};

/** One thing that explains the most of what is wrong with the blocks, and what to do about it. */
interface Cause {
  what: string;
  todo: string;
}

const tellCause = ({ what, todo }: Cause): string => `${what}: ${todo}`;

/**
 * What makes blocks say less than they seem to. Several checks may have seen one thing: a busy machine also makes neighbouring
 * blocks alike, and makes them drift. Null where nothing is wrong with them.
 */
const findCause = (result: LookResult): Cause | null => {
  const { findings, blocks, blocksPer, widening } = result;
  const disturbed = findings.find(({ code }) => code === 'disturbed-host');
  if (disturbed !== undefined)
    return { what: disturbed.hold ?? disturbed.message, todo: 'measure on a quieter machine' };
  if (blocksPer > 1)
    return {
      what: `neighbouring blocks are${result.isTooAlike ? ' so' : ''} alike${result.isTooAlike ? '' : ', so'} that ${blocks} count as ${describeWorth(result)}`,
      todo: 'look for what changes on the host, or in the function, during the run',
    };
  const held = findings.find(({ hold }) => hold !== null);
  if (held?.hold) return { what: oneLine(held.hold), todo: 'look for what decides between the levels' };
  const widest = findings.toSorted((a, b) => b.widening - a.widening)[0];
  if (widest !== undefined && widest.widening >= widening / 2)
    return { what: oneLine(widest.message), todo: MEND[widest.code] };
  return widening > 0
    ? {
        what: 'two equal arms, or two runs, were measured as different, so limits are widened',
        todo: 'measure on a quieter machine',
      }
    : null;
};

/** What to do about what widens limits. */
const MEND: Record<Finding['code'], string> = {
  'order-interaction': 'look for heat, frequency changes or caches that the function warms',
  drift: 'look for load that came or went',
  'disturbed-host': 'measure on a quieter machine',
  'coarse-values': 'set a limit of several steps',
  bimodal: 'look for what decides between the levels',
};

const explainForecast = ({ blocksToSettle, mostBlocks }: LookResult): string => {
  if (blocksToSettle === null)
    return 'the estimate is too near the limit for any reasonable number of blocks: move the limit out of this interval';
  return blocksToSettle > FAR_MORE * mostBlocks
    ? `about ${blocksToSettle} blocks would decide it, far more than measure.max_blocks (${mostBlocks}) allows: move the limit out of this interval`
    : `about ${blocksToSettle} blocks would decide it, if the estimate holds`;
};
/** From so many times max_blocks on, more blocks are no advice. */
const FAR_MORE = 10;

const describeWidening = ({ limit }: DeclaredComparison, { widening }: LookResult): string =>
  widening > 0 ? ` (widened both ways by ${formatDistance(widening, unitOf(limit))})` : '';

const explainOpen = (comparison: DeclaredComparison, result: LookResult): string => {
  const { blocks, lower, upper, isDepleted } = result;
  const cause = findCause(result);
  if (result.isTooAlike && cause !== null) return tellCause(cause);
  if (lower === null || upper === null) return explainTooFew(comparison.limit.text, result);
  const wider = describeWidening(comparison, result);
  const interval = `after ${blocks} blocks the interval from ${formatValue(comparison, lower)} to ${formatValue(comparison, upper)} is not clearly above or below ${describeLimit(comparison, result)}${wider}`;
  if (isDepleted)
    return `${interval}, and more than a tenth of all blocks cannot be used; find out why instances failed`;
  return `${interval}; ${cause === null ? explainForecast(result) : tellCause(cause)}`;
};

/** What speaks against a fail that the ranks prove. */
const explainHeldFail = (comparison: DeclaredComparison, result: LookResult): string => {
  const seems = `the cost seems to be above ${describeLimit(comparison, result)} over ${result.blocks} blocks, but that is not proven`;
  const cause = findCause(result);
  return cause === null ? seems : `${seems}: ${cause.what}; ${cause.todo}`;
};

/** One sentence, without its full stop, on why a comparison has its verdict, with the numbers that decided. */
export const explain = (
  comparison: DeclaredComparison,
  outcome: 'fail' | 'pass' | 'open',
  result: LookResult,
): string => {
  const { blocks, incomplete, blocksPer, isTooAlike } = result;
  const isHeld = result.findings.some(({ hold }) => hold !== null);
  const against = describeLimit(comparison, result);
  const wider = describeWidening(comparison, result);
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
  if (result.isHeldFail) return explainHeldFail(comparison, result) + also;
  const cause = findCause(result);
  return isHeld && cause !== null ? `not decided: ${tellCause(cause)}${also}` : explainOpen(comparison, result) + also;
};
