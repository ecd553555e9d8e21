import { effectiveCentre, studentBounds, studentP } from './effective-student.ts';

/** On the scale of the values. */
export interface StudentT {
  mean: number;
  /** One-sided bounds, each at the level asked for. */
  lower: number;
  upper: number;
  /** One-sided p-values: that the true mean is at most the limit, and that it is at least that. */
  pAbove: number;
  pBelow: number;
}

/**
 * Student's t of one sample, here of differences a block (Student, 1908): mean ± t(1 − alpha, n − 1) · s ÷ √n. Null for
 * fewer than two values. The library's t distribution holds seven digits down to levels of 1e-20.
 */
export const studentT = (values: number[], alpha: number, limit: number): StudentT | null => {
  if (values.length < 2) return null;
  const centre = effectiveCentre(values, 1);
  const { above, below } = studentP(centre, limit);
  return { mean: centre.mean, ...studentBounds(centre, { lower: alpha, upper: alpha }), pAbove: above, pBelow: below };
};

/** What the same rule as that of ranks would say with these bounds. */
export const studentOutcome = ({ lower, upper }: StudentT, limit: number): 'fail' | 'pass' | 'open' =>
  lower > limit ? 'fail' : upper < limit ? 'pass' : 'open';
