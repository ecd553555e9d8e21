import type { Rate } from './tally.ts';

export const word = (isMet: boolean): string => (isMet ? 'met' : '**not met**');

/** Two errors are what the number of runs leaves open. */
export const aimWord = ({ rate, error }: Rate, aim: number): string => {
  if (rate + 2 * error <= aim) return word(true);
  return rate - 2 * error > aim ? word(false) : 'open';
};
