/** The normal distribution and Student's t. No other file imports jStat: docs/adr/0020-distributions-by-jstat.md says why it. */

import { jStat } from 'jstat';

/** P(Z > z) of the standard normal distribution. Zero from about z = 8.3 on, where it is below 1e-16. */
export const normalUpperTail = (z: number): number => jStat.normal.cdf(-z, 0, 1);

/** The z with P(Z > z) = `p`, 0 < p < 1. */
export const normalUpperQuantile = (p: number): number => -jStat.normal.inv(p, 0, 1);

/** P(T ≤ t) of Student's t; `freedom` need not be a whole number. */
export const studentCdf = (t: number, freedom: number): number => jStat.studentt.cdf(t, freedom);

/** The t with P(T ≤ t) = `p`, 0 < p < 1. */
export const studentQuantile = (p: number, freedom: number): number => jStat.studentt.inv(p, freedom);
