import type { RunVerdict } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';

/** From the one that settles a run to the one that needs every comparison. */
const PRECEDENCE = ['fail', 'not-measured', 'inconclusive', 'pass'] as const satisfies RunVerdict[];

/** The verdict of several: the first in the order of precedence that any of them has; of none, not-measured. */
export const worstVerdict = (verdicts: RunVerdict[]): RunVerdict =>
  PRECEDENCE.find((verdict) => verdicts.includes(verdict)) ?? 'not-measured';

/** Over gated comparisons only: none of them gated is not-measured, never pass. */
export const runVerdictOf = (comparisons: Pick<ComparisonVerdict, 'gated' | 'verdict'>[]): RunVerdict =>
  worstVerdict(comparisons.filter(({ gated }) => gated).map(({ verdict }) => verdict));
