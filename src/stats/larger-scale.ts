/** Whether one series varies much more than another. */

import { median, sum } from 'simple-statistics';
import { signedRankP } from './signed-rank.ts';

const deviations = (values: number[]): number[] => {
  const middle = median(values);
  return values.map((value) => Math.abs(value - middle));
};

/** Two tests share the level. */
const TESTS = 2;

/**
 * One-sided p-value of "the first series varies at most `factor` times as much as the second", value by value of the same
 * blocks, or of two independent runs in their order. Where it varies just so much, and is of the same shape, the differences
 * between a deviation from the own median and `factor` times that of the other are as likely above zero as below, whatever
 * their sizes. Signed ranks see it in few blocks; the sum, whose chance is at most exp(−z²/2) (Hoeffding 1963), also where
 * few blocks have most of the noise, as with two levels.
 */
export const largerScaleP = (first: number[], second: number[], factor: number): number => {
  const count = Math.min(first.length, second.length);
  if (count < 2) return 1;
  const others = deviations(second.slice(0, count));
  const excess = deviations(first.slice(0, count)).map((own, index) => own - factor * (others[index] as number));
  const total = sum(excess);
  const squares = sum(excess.map((value) => value ** 2));
  const bySum = total > 0 ? Math.exp(-(total ** 2) / (2 * squares)) : 1;
  return Math.min(1, TESTS * Math.min(bySum, signedRankP(excess, 0).above));
};
