/** Looks at a few blocks, for what lies far from its limit (docs/adr/0023-early-looks.md). */

import { sum } from 'simple-statistics';
import type { Outcome } from './comparison-inputs.ts';

/**
 * `ranks`: signed ranks, or Mann–Whitney. `unimodal`: Student's t with a bound that holds for any symmetric noise with one peak.
 * `ratio`: the product of the factors over the limit, which needs no such assumption.
 */
export type LookTest = 'ranks' | 'unimodal' | 'ratio';

/** Of the alpha of `unimodal`, by number of blocks. Most of it lies where a limit eight deviations away is decided. */
const UNIMODAL_SHARE: Record<number, number> = { 4: 0.3, 5: 0.35, 6: 0.2, 8: 0.1, 10: 0.05 };

/** Numbers of blocks at which the early tests may decide. */
const BLOCKS = { unimodal: Object.keys(UNIMODAL_SHARE).map(Number), ratio: [3, 4, 5, 6, 7, 8, 9, 10] };

/** The share of each alpha that is kept for the early tests; the ranks have the rest. */
const SHARE: Record<Outcome, Record<keyof typeof BLOCKS, number>> = {
  fail: { unimodal: 0.06, ratio: 0.04 },
  pass: { unimodal: 0.08, ratio: 0 },
};

export const ALL_EARLY_BLOCKS = BLOCKS.ratio;

/** What the ranks have of alpha where there are early looks. */
export const shareOfRanks = (outcome: Outcome): number => 1 - SHARE[outcome].unimodal - SHARE[outcome].ratio;

/** The tests of an early look at so many blocks. */
export const earlyTestsAt = (n: number): (keyof typeof BLOCKS)[] =>
  (['unimodal', 'ratio'] as const).filter((test) => BLOCKS[test].includes(n));

/**
 * The level of the early look at `n` blocks. The looks of `unimodal` share its alpha out, so that together they use at most all
 * of it, whatever they have in common. `ratio` is a supermartingale: its whole alpha counts at every look (Ville's inequality).
 */
export const earlyLevel = (test: keyof typeof BLOCKS, outcome: Outcome, n: number, alpha: number): number =>
  alpha * SHARE[outcome][test] * (test === 'unimodal' ? (UNIMODAL_SHARE[n] ?? 0) : 1);

/** The share of alpha that the early looks at up to `n` blocks may have used. */
export const earlyShareSpent = (outcome: Outcome, n: number): number => {
  const ofRatio = n >= (BLOCKS.ratio[0] as number) ? SHARE[outcome].ratio : 0;
  return ofRatio + sum(BLOCKS.unimodal.filter((at) => at <= n).map((at) => earlyLevel('unimodal', outcome, at, 1)));
};
