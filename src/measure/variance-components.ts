import { mean, sampleVariance } from 'simple-statistics';

/** On logarithms: `within` instances (T₁², of one value) and `between` them (T₂²; zero or less: not to be seen). */
export interface VarianceComponents {
  within: number;
  between: number;
}

/** One round: the warm durations of a treatment's instance and of the control's beside it. */
export interface PairedRound {
  control: number[];
  treatment: number[];
}

const logs = (values: number[]): number[] => values.filter((value) => value > 0).map(Math.log);

/**
 * Variance components of the log ratio, which is what the gate decides on: T₁² = S₁², T₂² = S₂² − S₁²/m (Kalibera and
 * Jones, "Rigorous benchmarking in reasonable time", ISMM 2013, section 9.2), with S₁² the mean variance of the logarithms
 * inside both instances of a pair, added, and S₂² the variance of the pairs' mean log ratios.
 * @returns null with fewer than two rounds, or two values in any of their instances
 */
export const varianceComponents = (rounds: PairedRound[]): VarianceComponents | null => {
  const pairs = rounds.map(({ control, treatment }) => [logs(control), logs(treatment)] as const);
  if (pairs.length < 2 || pairs.some((pair) => pair.some((values) => values.length < 2))) return null;
  const within = mean(pairs.map(([control, treatment]) => sampleVariance(control) + sampleVariance(treatment)));
  // Each side has its own share where their lengths differ.
  const share = mean(
    pairs.map(
      ([control, treatment]) => sampleVariance(control) / control.length + sampleVariance(treatment) / treatment.length,
    ),
  );
  const between = sampleVariance(pairs.map(([control, treatment]) => mean(treatment) - mean(control))) - share;
  return { within, between };
};
