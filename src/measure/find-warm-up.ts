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

/**
 * How many leading values are warm-up: the truncation that gives the rest the smallest standard error (MSER, K. P. White,
 * "An effective truncation heuristic for bias reduction in simulation output", Simulation 69(6), 1997), on logarithms of
 * running medians of three. At most half of the series: where MSER asks for more, the series has not settled (Franklin and
 * White, WSC 2008), and half is all that it can vouch for. Single values, not batches of five: the series are short.
 * @param series positive durations in their order; 10 to 60 are meant
 */
export const findWarmUp = (series: number[]): number => {
  const smooth = withoutSpikes(series.filter((value) => value > 0).map(Math.log));
  let best = { start: 0, error: Number.POSITIVE_INFINITY };
  for (let start = 0; start <= Math.floor(smooth.length / 2); start++) {
    const error = standardErrorSquared(smooth, start);
    if (error < best.error) best = { start, error };
  }
  return best.start;
};
