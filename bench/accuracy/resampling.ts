import { mean, sampleVariance } from 'simple-statistics';
import type { Random } from './random.ts';

/** Student's two-sample statistic without pooling. */
export const welchStatistic = (xs: number[], ys: number[]): number =>
  (mean(xs) - mean(ys)) / Math.sqrt(sampleVariance(xs) / xs.length + sampleVariance(ys) / ys.length);

/** Degrees of freedom of Welch and Satterthwaite. */
export const welchFreedom = (xs: number[], ys: number[]): number => {
  const a = sampleVariance(xs) / xs.length;
  const b = sampleVariance(ys) / ys.length;
  return (a + b) ** 2 / (a ** 2 / (xs.length - 1) + b ** 2 / (ys.length - 1));
};

const resampledMean = (values: number[], random: Random): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[random.index(values.length)] as number;
  return sum / values.length;
};

/** Percentile interval of mean(xs) ÷ mean(ys) − 1, each sample resampled on its own. */
export const bootstrapRelativeMean = (
  xs: number[],
  ys: number[],
  confidence: number,
  resamples: number,
  random: Random,
): { lower: number; upper: number } => {
  const changes = Float64Array.from(
    { length: resamples },
    () => resampledMean(xs, random) / resampledMean(ys, random) - 1,
  ).sort();
  const at = (share: number) => changes[Math.round(share * (resamples - 1))] as number;
  return { lower: at((1 - confidence) / 2), upper: at((1 + confidence) / 2) };
};

/** Two-sided p-value of the t statistic, its distribution taken by resampling both sides from the pooled values. */
export const bootstrapTP = (xs: number[], ys: number[], resamples: number, random: Random): number => {
  const pool = [...xs, ...ys];
  const observed = welchStatistic(xs, ys);
  const draw = (size: number) => Array.from({ length: size }, () => pool[random.index(pool.length)] as number);
  let below = 0;
  for (let i = 0; i < resamples; i += 1) if (welchStatistic(draw(xs.length), draw(ys.length)) < observed) below += 1;
  return (2 * Math.min(below, resamples - below)) / resamples;
};

/** Two-sided p-value of mean(xs) − mean(ys) by random regroupings: twice the smaller tail, with the data counted in. */
export const permutationP = (xs: number[], ys: number[], resamples: number, random: Random): number => {
  const pool = [...xs, ...ys];
  const total = pool.reduce((a, b) => a + b, 0);
  const sumX = xs.reduce((a, b) => a + b, 0);
  // With both sizes given the sum of one side says all; a tolerance keeps equal regroupings equal.
  const tolerance = 1e-12 * Math.abs(total);
  let atLeast = 1;
  let atMost = 1;
  for (let i = 0; i < resamples; i += 1) {
    let sum = 0;
    for (let k = 0; k < xs.length; k += 1) {
      const j = k + random.index(pool.length - k);
      const taken = pool[j] as number;
      pool[j] = pool[k] as number;
      pool[k] = taken;
      sum += taken;
    }
    if (sum >= sumX - tolerance) atLeast += 1;
    if (sum <= sumX + tolerance) atMost += 1;
  }
  return Math.min(1, (2 * Math.min(atLeast, atMost)) / (resamples + 1));
};
