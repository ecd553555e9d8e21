import { jStat } from 'jstat';

/** P(Z > z) of the standard normal distribution. */
export const upperTail = (z: number): number => jStat.normal.cdf(-z, 0, 1);

/** The z with P(Z > z) = `p`, 0 < p < 1. */
export const upperQuantile = (p: number): number => -jStat.normal.inv(p, 0, 1);
