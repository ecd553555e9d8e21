/** Variances within and between instances, and what they say of how long to measure one instance. */

import { mean, sampleVariance } from 'simple-statistics';

/** Of logarithms: `within` instances (T₁², of one value) and `between` them (T₂²; zero or less where it cannot be seen). */
export interface VarianceComponents {
  within: number;
  between: number;
}

/** The warm durations of a treatment's instance and of the control's instance beside it, in one round. */
interface PairedRound {
  control: number[];
  treatment: number[];
}

const logs = (values: number[]): number[] => values.filter((value) => value > 0).map(Math.log);

/**
 * Variance components of the log ratio, on which the gate decides: T₁² = S₁², T₂² = S₂² − S₁²/m (Kalibera and Jones,
 * "Rigorous benchmarking in reasonable time", ISMM 2013, section 9.2). S₁² is the mean over pairs of the variances of the
 * logarithms inside both instances, added; S₂² is the variance of the pairs' mean log ratios.
 * @returns null with fewer than two rounds, or with fewer than two values in any of their instances
 */
export const varianceComponents = (rounds: PairedRound[]): VarianceComponents | null => {
  const pairs = rounds.map(({ control, treatment }) => [logs(control), logs(treatment)] as const);
  if (pairs.length < 2 || pairs.some((pair) => pair.some((values) => values.length < 2))) return null;
  const within = mean(pairs.map(([control, treatment]) => sampleVariance(control) + sampleVariance(treatment)));
  // Each side has its own share of the variance, because their lengths may differ.
  const share = mean(
    pairs.map(
      ([control, treatment]) => sampleVariance(control) / control.length + sampleVariance(treatment) / treatment.length,
    ),
  );
  const between = sampleVariance(pairs.map(([control, treatment]) => mean(treatment) - mean(control))) - share;
  return { within, between };
};

/**
 * Number of invocations of one instance that gives the narrowest interval in a given time: m* = ceil(sqrt((c₂/c₁)·(T₁²/T₂²)))
 * (Kalibera and Jones, as above). It is `most` where instances do not visibly differ (T₂² ≤ 0).
 * @param costsMs `message` is c₁, one more message in every arm of a block; `block` is c₂, a block without its messages
 */
export const chooseInvocations = (
  { within, between }: VarianceComponents,
  costsMs: { message: number; block: number },
  most: number,
): number => {
  if (between <= 0) return most;
  const optimum = Math.ceil(Math.sqrt((costsMs.block / costsMs.message) * (within / between)));
  return Math.max(1, Math.min(most, optimum));
};
