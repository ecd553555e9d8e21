import type { DeclaredComparison } from '../types.ts';
import { fromScale, showValue } from './scale.ts';

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
  widening: number;
  failures: ArmFailures[];
  /** Blocks that were left out, where they are so many that they prevent a pass; else 0. */
  incomplete: number;
  /** More than a tenth of all blocks are of no use. */
  isDepleted: boolean;
}

/** Bounded, one line, nothing that moves a cursor: messages come from the function. */
const oneLine = (text: string): string => text.replaceAll(/[\s\p{C}]+/gu, ' ').slice(0, 300);

/** `2 of 12 gvisor instances failed (crashed: …)`, or nothing. */
export const explainFailures = (failures: ArmFailures[]): string =>
  failures
    .filter(({ failed }) => failed > 0)
    .map(
      ({ isolation, started, failed, firstFailure }) =>
        `${failed} of ${started} ${isolation} instances failed (${oneLine(firstFailure ?? 'no message')})`,
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
  if (lower === null || upper === null) return explainTooFew(limit.text, evidence);
  const depleted = evidence.isDepleted ? ', and more than a tenth of all blocks are of no use' : '';
  return `after ${blocks} blocks the interval from ${showValue(limit, lower)} to ${showValue(limit, upper)} does not settle it against the limit ${limit.text}${depleted}`;
};

/** One sentence on why a comparison has its verdict, with the numbers that decided. */
export const explain = (
  comparison: DeclaredComparison,
  outcome: 'fail' | 'pass' | 'open' | 'pass-prevented',
  evidence: Evidence,
): string => {
  const { limit } = comparison;
  const show = (value: number | null) => showValue(limit, fromScale(limit, value) ?? Number.NaN);
  const wider = evidence.widening > 0 ? ' (widened by the shift of the control twin)' : '';
  const failures = explainFailures(evidence.failures);
  const also = failures === '' ? '' : `; ${failures}`;
  switch (outcome) {
    case 'fail':
      return `even the lower bound, ${show(evidence.lower)}, is above the limit ${limit.text}${wider} over ${evidence.blocks} blocks${also}`;
    case 'pass':
      return `even the upper bound, ${show(evidence.upper)}, is below the limit ${limit.text}${wider} over ${evidence.blocks} blocks`;
    case 'pass-prevented':
      return `below the limit ${limit.text} over ${evidence.blocks} blocks, but ${failures === '' ? '' : 'a failed instance prevents a pass'}${also}${explainIncomplete(evidence, failures)}`;
    case 'open':
      return `${explainOpen(comparison, evidence)}${wider}${also}`;
  }
};
