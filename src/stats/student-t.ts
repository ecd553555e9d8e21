import { jStat } from 'jstat';
import { mean, sampleStandardDeviation } from 'simple-statistics';

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
  const n = values.length;
  if (n < 2) return null;
  const centre = mean(values);
  const error = sampleStandardDeviation(values) / Math.sqrt(n);
  const halfWidth = -jStat.studentt.inv(alpha, n - 1) * error;
  const bounds = { mean: centre, lower: centre - halfWidth, upper: centre + halfWidth };
  if (error === 0) return { ...bounds, pAbove: centre > limit ? 0 : 1, pBelow: centre < limit ? 0 : 1 };
  const t = (centre - limit) / error;
  // The lower tail of either sign: one minus the upper one has no digits left.
  return { ...bounds, pAbove: jStat.studentt.cdf(-t, n - 1), pBelow: jStat.studentt.cdf(t, n - 1) };
};

/** What the same rule as that of ranks would say with these bounds. */
export const studentOutcome = ({ lower, upper }: StudentT, limit: number): 'fail' | 'pass' | 'open' =>
  lower > limit ? 'fail' : upper < limit ? 'pass' : 'open';
