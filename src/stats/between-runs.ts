import { mean, median } from 'simple-statistics';

/** The spread of fewer runs says nothing. */
const FEWEST_RUNS = 5;
/** Median of |x| of a standard normal x. */
const NORMAL_MEDIAN = 0.674489750196;

export interface RunMiddle {
  middle: number;
  /** Standard error by the run's own blocks; null where it is unknown, which counts as zero. */
  error: number | null;
}

/**
 * Standard deviation of a run's middle around the true one, beyond what its blocks explain: τ² = Var(middles) − mean(se²), at
 * least 0. The variance comes from the median of the differences between runs that follow each other, which steps and drifts of
 * the code hardly move (von Neumann's idea, 1941, with a median). Null for fewer than five runs.
 */
export const betweenRunsSd = (runs: RunMiddle[]): number | null => {
  if (runs.length < FEWEST_RUNS) return null;
  const differences = runs.slice(1).map(({ middle }, index) => Math.abs(middle - (runs[index]?.middle ?? 0)));
  const total = (median(differences) / NORMAL_MEDIAN) ** 2 / 2;
  const within = mean(runs.map(({ error }) => (error ?? 0) ** 2));
  return Math.sqrt(Math.max(0, total - within));
};
