/** Flow part: the pairs that a look sees, before the checks of their validity. */

import type { Pair } from '../samples/pair-blocks.ts';
import { checkValidity } from './check-validity.ts';
import type { PlannedComparison } from './circumstances.ts';
import type { ComparisonContext, Outcome } from './context.ts';
import type { CheckedPair, Finding } from './finding.ts';
import { disturbancesOf } from './is-disturbed.ts';
import type { Material } from './material.ts';

export interface CheckedLook {
  planned: PlannedComparison;
  material: Material;
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
    ...new Set([...disturbancesOf(instances.control.host), ...disturbancesOf(instances.treatment.host)]),
  ];
  return { block, value, control, treatment, controlFirst, disturbed: disturbedBy.length > 0, disturbedBy };
};

/** Smaller than any limit that means something: an allowance of nothing still has a half and a quarter. */
const LEAST_ALLOWANCE = { ratio: 0.005, ms: 0.02, bytes: 2 ** 16 };

/** Values that are compared with a stored baseline's come in no pairs, and are not checked. */
export const findingsAt = ({ planned, material, context, n, limit, outcome, alpha }: CheckedLook): Finding[] => {
  const { pairs, values } = material;
  if (pairs.length === 0 || n === 0) return [];
  const { isolation, metric, limit: declared } = planned.declared;
  const unit = metric === 'memory' ? 'bytes' : 'ms';
  const { scale } = declared;
  const least = LEAST_ALLOWANCE[scale === 'ratio' ? 'ratio' : unit];
  return checkValidity({
    pairs: pairs.slice(0, n).map((pair, index) => checked(pair, values[index] as number)),
    ...{ scale, unit, outcome, limit, alpha },
    allowance: Math.max(Math.abs(limit), least),
    arm: isolation,
    control: context.config.control,
    familySize: context.familySize,
  });
};
