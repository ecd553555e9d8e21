import { oneLine, shorten } from '../lib/text.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import { fromScale, showValue, showWidening } from './scale.ts';

/** Counts of instances of one arm, as far as the look went. */
export interface ArmFailures {
  isolation: string;
  started: number;
  failed: number;
  firstFailure: string | null;
}

export interface Evidence {
  blocks: number;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  /** Where a bound is missing: the fewest blocks with both; null where no number of blocks has them. */
  needed: number | null;
  /** How many serially correlated blocks are worth one independent one; 1 where they are not correlated. */
  blocksPer: number;
  /** Worth so few independent blocks that there is no interval. */
  isTooAlike: boolean;
  widening: number;
  /** On the decision scale; the floor of regressions, where `isFloor`. */
  limit: number;
  isFloor: boolean;
  isHeldFail: boolean;
  /** Why a verdict is held back although the numbers would give one. */
  holds: string[];
  /** With which it would probably be settled; null where the estimate lies at the limit. */
  blocksToSettle: number | null;
  failures: ArmFailures[];
  /** Blocks that were left out, where they are so many that they prevent a pass; else 0. */
  incomplete: number;
  /** More than a tenth of all blocks are of no use. */
  isDepleted: boolean;
}

/** A message comes from the function, and may be of any length. */
const MAX_MESSAGE = 300;

/** `2 of 12 gvisor instances failed (crashed: …)`, or nothing. */
export const explainFailures = (failures: ArmFailures[]): string =>
  failures
    .filter(({ failed }) => failed > 0)
    .map(
      ({ isolation, started, failed, firstFailure }) =>
        `${failed} of ${started} ${isolation} instances failed (${shorten(oneLine(firstFailure ?? 'no message'), MAX_MESSAGE)})`,
    )
    .join(', ');

const explainIncomplete = ({ incomplete }: Evidence, failures: string): string =>
  incomplete === 0 ? '' : `${failures === '' ? '' : '; '}${incomplete} incomplete blocks prevent a pass`;

const explainTooFew = (limit: string, { blocks, needed, failures }: Evidence): string => {
  const usable = `${blocks} usable ${blocks === 1 ? 'block is' : 'blocks are'} too few to decide on the limit ${limit}`;
  if (needed === null) return `${usable}: the baseline's blocks are too few; record one from a longer run`;
  const remedy = failures.some(({ failed }) => failed > 0)
    ? 'see to the instances that failed'
    : 'give measure.time more';
  return `${usable}, at least ${needed} are needed; ${remedy}`;
};

const explainOpen = (comparison: DeclaredComparison, evidence: Evidence): string => {
  const { limit } = comparison;
  const { blocks } = evidence;
  const lower = fromScale(limit, evidence.lower);
  const upper = fromScale(limit, evidence.upper);
  if (evidence.isTooAlike)
    return `neighbouring blocks are so alike that ${blocks} count as ${worthOf(evidence)}: look for what changes on the host, or in the function, while it is measured`;
  if (lower === null || upper === null) return explainTooFew(limit.text, evidence);
  const depleted = evidence.isDepleted ? ', and more than a tenth of all blocks are of no use' : '';
  const settle = evidence.isDepleted
    ? 'see to the instances that failed'
    : evidence.blocksToSettle === null
      ? 'the estimate lies too near the limit for any reasonable number of blocks'
      : `about ${evidence.blocksToSettle} blocks would, if the estimate holds`;
  return `after ${blocks} blocks the interval from ${showValue(limit, lower)} to ${showValue(limit, upper)} does not settle it against ${limitText(comparison, evidence)}${depleted}; ${settle}`;
};

/** `the limit +5%`, or the floor that stands in for it. */
const limitText = ({ limit }: DeclaredComparison, { isFloor, limit: at }: Evidence): string =>
  isFloor
    ? `the floor of regressions, ${showValue(limit, fromScale(limit, at) ?? Number.NaN)} here (the limit is ${limit.text})`
    : `the limit ${limit.text}`;

const worthOf = ({ blocks, blocksPer }: Evidence): string => {
  const count = Math.max(1, Math.floor(blocks / blocksPer));
  return count === 1 ? 'one independent one' : `${count} independent ones`;
};

const correlated = (evidence: Evidence): string =>
  evidence.blocksPer > 1 && !evidence.isTooAlike
    ? ` (neighbouring blocks are alike: they count as ${worthOf(evidence)})`
    : '';

/** What speaks against a fail that the ranks call. */
const explainHeldFail = (comparison: DeclaredComparison, evidence: Evidence): string => {
  const why = [
    ...evidence.holds.map(oneLine),
    ...(evidence.blocksPer > 1
      ? [`neighbouring blocks are alike: ${evidence.blocks} count as ${worthOf(evidence)}`]
      : []),
    ...(evidence.holds.length === 0 && evidence.blocksPer <= 1
      ? ['limits are widened by more than that for what is wrong with the blocks (see the warnings)']
      : []),
  ];
  return `seems above ${limitText(comparison, evidence)} over ${evidence.blocks} blocks, but that does not count as proven: ${why.join('; ')}`;
};

/** One sentence on why a comparison has its verdict, with the numbers that decided. */
export const explain = (
  comparison: DeclaredComparison,
  outcome: 'fail' | 'pass' | 'open' | 'pass-prevented',
  evidence: Evidence,
): string => {
  const { limit } = comparison;
  const show = (value: number | null) => showValue(limit, fromScale(limit, value) ?? Number.NaN);
  const wider = evidence.widening > 0 ? ` (widened both ways by ${showWidening(limit, evidence.widening)})` : '';
  const alike = correlated(evidence);
  const failures = explainFailures(evidence.failures);
  const also = failures === '' ? '' : `; ${failures}`;
  switch (outcome) {
    case 'fail':
      return `even the lower bound, ${show(evidence.lower)}, is above ${limitText(comparison, evidence)}${wider} over ${evidence.blocks} blocks${alike}${also}`;
    case 'pass':
      return `even the upper bound, ${show(evidence.upper)}, is below ${limitText(comparison, evidence)}${wider} over ${evidence.blocks} blocks${alike}`;
    case 'pass-prevented':
      return `below ${limitText(comparison, evidence)} over ${evidence.blocks} blocks, but ${failures === '' ? '' : 'a failed instance prevents a pass'}${also}${explainIncomplete(evidence, failures)}`;
    case 'open':
      if (evidence.isHeldFail) return explainHeldFail(comparison, evidence) + also;
      return evidence.holds.length > 0 && !evidence.isHeldFail
        ? `held back: ${evidence.holds.map(oneLine).join('; ')}${also}`
        : `${explainOpen(comparison, evidence)}${wider}${alike}${also}`;
  }
};
