import { ckmeans, median, sum, sumNthPowerDeviations } from 'simple-statistics';
import { resolutionOf } from './resolution.ts';

/** With fewer values two modes cannot be told from chance. */
const FEWEST = 10;
/** A smaller group is no mode, but a few outliers. */
const SMALLEST_SHARE = 0.15;
const SMALLEST_GROUP = 3;
const SMALLEST_FACTOR = 1.03;
/** This share is left out on each side for this test only, because one far outlier would be a cluster of its own. */
const TRIMMED_SHARE = 0.05;

/**
 * Largest share of the sum of squares that may be left within the two clusters. The best split of any number of uniform
 * values leaves 1/4, and more of values from a normal or a heavier-tailed distribution; small samples leave less by
 * chance. Simulated: normal, uniform, t3, exponential and lognormal (σ 1) logarithms get below it in 0 to 1 % of samples of
 * 10 to 250 values (test/stats/split-modes.test.ts).
 */
const largestWithinShare = (n: number): number => 0.25 - 0.68 / Math.sqrt(n);

/** Two neighbouring ticks, as 10 and 20 ms: one step apart, and whole numbers of it. */
const areTicks = (costs: number[], gap: number, low: number): boolean => {
  const step = resolutionOf(costs);
  if (step === null || gap > 1.5 * step) return false;
  return low > 0.5 * step && Math.abs(low / step - Math.round(low / step)) < 1e-6;
};

const squares = (values: number[]): number => sumNthPowerDeviations(values, 2);

/**
 * The two levels between which costs jump, where they do: optimal split of their logarithms into two clusters (Wang and
 * Song, 2011: Ckmeans.1d.dp), accepted where it leaves little within them, the smaller holds at least 15 % (and 3) of the
 * values and their medians are at least 3 % apart. Two neighbouring ticks of a coarse clock are not two modes.
 * @returns medians in the unit of the costs and the share at the higher one; null where there is one mode
 */
export const splitModes = (costs: number[]): { low: number; high: number; highShare: number } | null => {
  const n = costs.length;
  if (n < FEWEST || costs.some((cost) => cost <= 0)) return null;
  const sorted = [...costs].sort((a, b) => a - b);
  const trimmed = Math.floor(TRIMMED_SHARE * n);
  const logs = sorted.slice(trimmed, n - trimmed).map(Math.log);
  if (logs.at(0) === logs.at(-1)) return null;
  const clusters = ckmeans(logs, 2);
  if (sum(clusters.map(squares)) >= largestWithinShare(logs.length) * squares(logs)) return null;
  const split = trimmed + (clusters[0]?.length ?? 0);
  const [below, above] = [sorted.slice(0, split), sorted.slice(split)];
  if (Math.min(below.length, above.length) < Math.max(SMALLEST_GROUP, SMALLEST_SHARE * n)) return null;
  const [low, high] = [median(below), median(above)];
  const gap = (above[0] ?? 0) - (below.at(-1) ?? 0);
  if (high < SMALLEST_FACTOR * low || areTicks(costs, gap, low)) return null;
  return { low, high, highShare: above.length / n };
};
