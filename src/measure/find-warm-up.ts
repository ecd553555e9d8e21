import { median, sumNthPowerDeviations } from 'simple-statistics';

/**
 * How many leading values are warm-up: the truncation that gives the rest the smallest standard error (MSER, K. P. White,
 * "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6), 1997), on logarithms of
 * running medians of three. Single values are used, not batches of five, because the series are short. Of truncations that
 * are equally good within the uncertainty of a variance the earliest counts; otherwise chance alone would cut a few values off
 * any series. At most half of the series is cut, as White asks: a change in the second half is not the end of a warm-up.
 * @param series positive durations in their order, about 10 to 60
 */
export const findWarmUp = (series: number[]): number => {
  const smooth = removeSpikes(series.filter((value) => value > 0).map(Math.log));
  const starts = Array.from({ length: Math.floor(smooth.length / 2) + 1 }, (_, start) => start);
  if (smooth.length === 0) return 0;
  const errors = starts.map((start) => squaredStandardError(smooth.slice(start)));
  const least = Math.min(...errors);
  const bound = least * (1 + TOLERANCE * Math.sqrt(2 / Math.max(1, smooth.length - errors.indexOf(least) - 1)));
  return errors.findIndex((error) => error <= bound);
};

/** In units of the relative standard error of a variance of `count` values, sqrt(2 / (count − 1)). */
const TOLERANCE = 1.25;

/** Tukey's running medians of three: a single spike disappears, and a step stays where it is. */
const removeSpikes = (series: number[]): number[] =>
  series.map((value, index) => median([series[index - 1] ?? value, value, series[index + 1] ?? value]));

/** Of the mean: small where the values are many and even. */
const squaredStandardError = (values: number[]): number => sumNthPowerDeviations(values, 2) / values.length ** 2;
