/** Flow part: the pairs that a look sees, before the checks of their validity. */

import type { PlannedComparison } from './circumstances.ts';
import type { ComparisonContext, Outcome } from './decide-context.ts';
import type { Material } from './decide-material.ts';
import type { Finding } from './verdict/check-validity.ts';

export interface CheckedLook {
  planned: PlannedComparison;
  material: Material;
  context: ComparisonContext;
  n: number;
  limit: number;
  outcome: Outcome | 'open';
}

export const findingsAt = (_look: CheckedLook): Finding[] => [];
