import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';

/** A comparison that has a number. */
export type Measured = ComparisonVerdict & { estimate: number };

export const selectMeasured = ({ comparisons }: VerdictDocument): Measured[] =>
  comparisons.filter((one): one is Measured => one.estimate !== null);

/** What the number is: `overhead`, `growth`, `drift`. */
export const KIND: Record<ComparisonVerdict['kind'], string> = {
  budget: 'overhead',
  regression: 'growth',
  drift: 'drift',
};
