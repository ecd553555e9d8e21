import { mean, sampleVariance } from 'simple-statistics';
import { studentCdf, studentQuantile } from './distributions.ts';

/** A centre, its standard error, and the degrees of freedom of that. */
export interface Centre {
  mean: number;
  error: number;
  freedom: number;
}

/** Fewer say nothing of a variance; the t distribution has heavy tails enough at two. */
const LEAST_FREEDOM = 2;

/** Of too few values: nothing is proven by it. */
export const UNKNOWN_CENTRE: Centre = { mean: 0, error: Number.POSITIVE_INFINITY, freedom: LEAST_FREEDOM };

/** Of values of which `blocksPer` are worth an independent one: s·√(blocksPer ÷ n). Needs two values. */
export const effectiveCentre = (values: number[], blocksPer: number): Centre => ({
  mean: mean(values),
  error: Math.sqrt((sampleVariance(values) * blocksPer) / values.length),
  freedom: blocksPer > 1 ? Math.max(LEAST_FREEDOM, values.length / blocksPer - 1) : values.length - 1,
});

/** The difference of two independent centres, with the degrees of freedom of Welch and Satterthwaite. */
export const differenceOf = (a: Centre, b: Centre): Centre => {
  const [va, vb] = [a.error ** 2, b.error ** 2];
  const freedom = va + vb === 0 ? LEAST_FREEDOM : (va + vb) ** 2 / (va ** 2 / a.freedom + vb ** 2 / b.freedom);
  return { mean: a.mean - b.mean, error: Math.sqrt(va + vb), freedom: Math.max(LEAST_FREEDOM, freedom) };
};

/** One-sided p-values of Student's t against "at most `limit`" (`above`) and "at least" (`below`). */
export const studentP = ({ mean: centre, error, freedom }: Centre, limit: number): { above: number; below: number } => {
  const distance = centre - limit;
  if (error === 0) return { above: distance > 0 ? 0 : 1, below: distance < 0 ? 0 : 1 };
  const t = distance / error;
  return { above: studentCdf(-t, freedom), below: studentCdf(t, freedom) };
};

/** One-sided bounds of Student's t; 0 < alpha ≤ 0.5. */
export const studentBounds = (
  { mean: centre, error, freedom }: Centre,
  alpha: { lower: number; upper: number },
): { lower: number; upper: number } => ({
  lower: centre + error * studentQuantile(alpha.lower, freedom),
  upper: centre - error * studentQuantile(alpha.upper, freedom),
});
