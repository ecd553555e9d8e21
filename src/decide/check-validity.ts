import { costUnit } from '../model/metrics.ts';
import type { Pair } from '../samples/pair-blocks.ts';
import { checkBimodal } from './check-bimodal.ts';
import { checkCoarse } from './check-coarse.ts';
import { checkDisturbed, findDisturbances } from './check-disturbed.ts';
import { checkDrift } from './check-drift.ts';
import { checkOrder } from './check-order.ts';
import type { ComparisonContext, ComparisonInputs, Outcome } from './comparison-inputs.ts';
import type { CheckedPair, CheckInput, Finding } from './finding.ts';
import type { PlannedComparison } from './plan-comparisons.ts';

const CHECKS = [checkOrder, checkDrift, checkDisturbed, checkCoarse, checkBimodal];

/**
 * Defects of the blocks of one comparison, each with its consequence: limits are widened, the verdict is held back, or there
 * is only a warning. No block is ever left out.
 */
export const checkValidity = (input: CheckInput): Finding[] =>
  CHECKS.map((check) => check(input)).filter((finding) => finding !== null);

export interface CheckedLook {
  planned: PlannedComparison;
  inputs: ComparisonInputs;
  context: ComparisonContext;
  /** Values that the look sees. */
  n: number;
  /** On the decision scale. */
  limit: number;
  outcome: Outcome | 'open';
  /** Level at which it would be decided. */
  alpha: number;
}

const checked = ({ block, control, treatment, controlFirst, instances }: Pair, value: number): CheckedPair => {
  const disturbedBy = [
    ...new Set([...findDisturbances(instances.control.host), ...findDisturbances(instances.treatment.host)]),
  ];
  return { block, value, control, treatment, controlFirst, disturbedBy };
};

/** Smaller than any useful limit. It stands in for an allowance of zero, of which a half and a quarter would be zero. */
const LEAST_ALLOWANCE = { ratio: 0.005, ms: 0.02, bytes: 2 ** 16 };

/** Values that are compared with a stored baseline are not paired, so they are not checked. */
export const checkLook = ({ planned, inputs, context, n, limit, outcome, alpha }: CheckedLook): Finding[] => {
  const { pairs, values } = inputs;
  if (pairs.length === 0 || n === 0) return [];
  const { isolation, metric, limit: declared } = planned.declared;
  const unit = costUnit(metric);
  const { scale } = declared;
  const least = LEAST_ALLOWANCE[scale === 'ratio' ? 'ratio' : unit];
  return checkValidity({
    pairs: pairs.slice(0, n).map((pair, index) => checked(pair, values[index] as number)),
    scale,
    unit,
    outcome,
    limit,
    alpha,
    allowance: Math.max(Math.abs(limit), least),
    arm: isolation,
    control: context.config.control,
    familySize: context.familySize,
  });
};
