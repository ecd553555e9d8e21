import { mean, median } from 'simple-statistics';
import { findWarmUp } from './find-warm-up.ts';
import { type VarianceComponents, varianceComponents } from './variance-components.ts';

/** Durations of one arm's instances, one a round; null where the instance failed. */
export type ArmSeries = (number[] | null)[];

/** The median over the instances at each position: what all of them do first is warm-up, what only one does is chance. */
const medianSeries = (rounds: number[][]): number[] => {
  const length = Math.min(...rounds.map((values) => values.length));
  return Array.from({ length }, (_, index) => median(rounds.map((values) => values[index] as number)));
};

/**
 * Reads the pilot's longer series.
 * @returns the longest warm-up over the arms, and the variances of log ratios after it, averaged over the treatments
 */
export const readSeries = (
  control: ArmSeries,
  treatments: ArmSeries[],
): { warmUp: number; components: VarianceComponents | null } => {
  const warmUps = [control, ...treatments].map((series) => {
    const rounds = series.filter((values) => values !== null);
    return rounds.length === 0 ? 0 : findWarmUp(medianSeries(rounds));
  });
  const warmUp = Math.max(...warmUps);
  const components = treatments.flatMap((series) => {
    const pairs = series.flatMap((values, round) => {
      const beside = control[round];
      return values && beside ? [{ control: beside.slice(warmUp), treatment: values.slice(warmUp) }] : [];
    });
    return varianceComponents(pairs) ?? [];
  });
  if (components.length === 0) return { warmUp, components: null };
  return {
    warmUp,
    components: {
      within: mean(components.map(({ within }) => within)),
      between: mean(components.map(({ between }) => between)),
    },
  };
};
