import { mean } from 'simple-statistics';

/** Lag-1 correlation of values in their order; 0 where all are equal. */
export const lagOne = (values: number[]): number => {
  const centre = mean(values);
  let products = 0;
  let squares = 0;
  for (const [index, value] of values.entries()) {
    squares += (value - centre) ** 2;
    if (index > 0) products += (value - centre) * ((values[index - 1] as number) - centre);
  }
  return squares > 0 ? products / squares : 0;
};

/**
 * Standard deviations above its mean of −1/n (Kendall and Stuart) from which the correlation counts: at the last look
 * 2.0 (one series of independent blocks in 45), before it 1.28 (one in ten), since waiting for the next look costs little
 * there and a correlation of few blocks hides easily.
 */
const BOUND = { last: 2, earlier: 1.28 };
/** The correlation is taken to be so many standard deviations higher than it seems, because its estimate may be too low. */
const CAUTION = 0.5;
const HIGHEST = 0.9;
/** The correlation of fewer values says nothing. */
const FEWEST = 6;

/**
 * How many correlated blocks are worth one independent one, at least 1: (1 + ρ) ÷ (1 − ρ), the variance of a mean of
 * first-order autoregression over that of independent values. ρ is the lag-1 correlation r with its bias taken out,
 * (n·r + 1) ÷ (n − 3) (Marriott and Pope 1954), and `CAUTION` added; 1 while r is within its bound.
 */
export const blocksPerIndependent = (values: number[], isLast: boolean): number => {
  const n = values.length;
  if (n < FEWEST) return 1;
  const r = lagOne(values);
  if (r + 1 / n <= (isLast ? BOUND.last : BOUND.earlier) / Math.sqrt(n)) return 1;
  const rho = Math.min(HIGHEST, (n * r + 1) / (n - 3) + CAUTION / Math.sqrt(n));
  return rho > 0 ? (1 + rho) / (1 - rho) : 1;
};
