import { mean, median } from 'simple-statistics';

/** Tukey's running medians of three: a single spike leaves no trace, a step stays where it is. */
const withoutSpikes = (series: number[]): number[] =>
  series.map((value, index) => median([series[index - 1] ?? value, value, series[index + 1] ?? value]));

/** Squared standard error of what is left after the first `start` values: small where that is long and even. */
const standardErrorSquared = (series: number[], start: number): number => {
  const rest = series.slice(start);
  const centre = mean(rest);
  return rest.reduce((sum, value) => sum + (value - centre) ** 2, 0) / rest.length ** 2;
};

/** In units of the relative standard error of a variance of `count` values, sqrt(2 / (count − 1)). */
const TOLERANCE = 1.25;

/**
 * How many leading values are warm-up: the truncation that gives the rest the smallest standard error (MSER, K. P. White,
 * "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6), 1997), on logarithms of
 * running medians of three; single values, not batches of five, as the series are short. Of truncations that are as good
 * within the uncertainty of a variance, the earliest: chance alone would else cut a few values off any series. At most half
 * of the series (as White asks): a change in the second half is not seen as the end of a warm-up.
 * @param series positive durations in their order; 10 to 60 are meant
 */
export const findWarmUp = (series: number[]): number => {
  const smooth = withoutSpikes(series.filter((value) => value > 0).map(Math.log));
  const starts = Array.from({ length: Math.floor(smooth.length / 2) + 1 }, (_, start) => start);
  if (smooth.length === 0) return 0;
  const errors = starts.map((start) => standardErrorSquared(smooth, start));
  const least = Math.min(...errors);
  const bound = least * (1 + TOLERANCE * Math.sqrt(2 / Math.max(1, smooth.length - errors.indexOf(least) - 1)));
  return errors.findIndex((error) => error <= bound);
};
