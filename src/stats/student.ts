/** Student's t for a mean whose values may be correlated, and for the difference of two means. */

import { mean, sampleVariance } from 'simple-statistics';
import { studentCdf, studentQuantile } from './distributions.ts';

/** A mean, its standard error, and the degrees of freedom of that error. */
export interface Centre {
  mean: number;
  error: number;
  freedom: number;
}

/** With fewer degrees of freedom a variance says nothing. At two the tails of the t distribution are heavy enough. */
const LEAST_FREEDOM = 2;

/** The centre of too few values, which proves nothing. */
export const UNKNOWN_CENTRE: Centre = { mean: 0, error: Number.POSITIVE_INFINITY, freedom: LEAST_FREEDOM };

/**
 * The centre of at least two values of which `blocksPer` are worth an independent one; its error is s·√(blocksPer ÷ n)
 * (Student, 1908, where `blocksPer` is 1).
 */
export const estimateCentre = (values: number[], blocksPer: number): Centre => ({
  mean: mean(values),
  error: Math.sqrt((sampleVariance(values) * blocksPer) / values.length),
  freedom: blocksPer > 1 ? Math.max(LEAST_FREEDOM, values.length / blocksPer - 1) : values.length - 1,
});

/** The difference `a` − `b` of two independent centres, with the degrees of freedom of Welch and Satterthwaite. */
export const subtractCentres = (a: Centre, b: Centre): Centre => {
  const [va, vb] = [a.error ** 2, b.error ** 2];
  const freedom = va + vb === 0 ? LEAST_FREEDOM : (va + vb) ** 2 / (va ** 2 / a.freedom + vb ** 2 / b.freedom);
  return { mean: a.mean - b.mean, error: Math.sqrt(va + vb), freedom: Math.max(LEAST_FREEDOM, freedom) };
};

/** One-sided p-values: `above` against "the mean is at most `limit`", `below` against "it is at least `limit`". */
export const studentP = ({ mean: centre, error, freedom }: Centre, limit: number): { above: number; below: number } => {
  const distance = centre - limit;
  if (error === 0) return { above: distance > 0 ? 0 : 1, below: distance < 0 ? 0 : 1 };
  const t = distance / error;
  return { above: studentCdf(-t, freedom), below: studentCdf(t, freedom) };
};

/** One-sided bounds of the mean, each with its own level; 0 < alpha ≤ 0.5. */
export const studentBounds = (
  { mean: centre, error, freedom }: Centre,
  alpha: { lower: number; upper: number },
): { lower: number; upper: number } => ({
  lower: centre + error * studentQuantile(alpha.lower, freedom),
  upper: centre - error * studentQuantile(alpha.upper, freedom),
});
