/** Looks at a few blocks, for what lies far from its limit (docs/adr/0023-early-looks.md). */

import { sum } from 'simple-statistics';
import type { Outcome } from './comparison-inputs.ts';

/**
 * `unimodal`: Student's t with a bound that holds for any symmetric noise with one peak. `each`: every block by itself is far
 * over the limit, for noise whose size is known from elsewhere. `ratio`: the product of the factors over the limit, which needs
 * neither assumption.
 */
export type EarlyTest = 'unimodal' | 'each' | 'ratio';
/** `ranks`: signed ranks, or Mann–Whitney. */
export type LookTest = 'ranks' | EarlyTest;

const EARLY_TESTS = ['unimodal', 'each', 'ratio'] as const satisfies EarlyTest[];

/**
 * Of the alpha of the tests whose looks share it out, by number of blocks. Most of that of `unimodal` lies where a limit eight
 * deviations away is decided.
 */
const LOOK_SHARE: Record<Exclude<EarlyTest, 'ratio'>, Record<number, number>> = {
  unimodal: { 4: 0.3, 5: 0.35, 6: 0.2, 8: 0.1, 10: 0.05 },
  each: { 3: 0.5, 4: 0.5 },
};

/** Numbers of blocks at which the early tests may decide. */
const BLOCKS: Record<EarlyTest, number[]> = {
  unimodal: Object.keys(LOOK_SHARE.unimodal).map(Number),
  each: Object.keys(LOOK_SHARE.each).map(Number),
  ratio: [3, 4, 5, 6, 7, 8, 9, 10],
};

/** The share of each alpha that is kept for the early tests; the ranks have the rest. */
const SHARE: Record<Outcome, Record<EarlyTest, number>> = {
  fail: { unimodal: 0.02, each: 0.01, ratio: 0.04 },
  pass: { unimodal: 0.05, each: 0, ratio: 0 },
};

export const ALL_EARLY_BLOCKS = BLOCKS.ratio;

/** What the ranks have of alpha where there are early looks. */
export const shareOfRanks = (outcome: Outcome): number => 1 - sum(EARLY_TESTS.map((test) => SHARE[outcome][test]));

/** The tests of an early look at so many blocks. */
export const earlyTestsAt = (n: number): EarlyTest[] => EARLY_TESTS.filter((test) => BLOCKS[test].includes(n));

/**
 * The level of the early look at `n` blocks. The looks of `unimodal` and `each` share its alpha out, so that together they use
 * at most all of it, whatever they have in common. `ratio` is a supermartingale: its whole alpha counts at every look (Ville's
 * inequality).
 */
export const earlyLevel = (test: EarlyTest, outcome: Outcome, n: number, alpha: number): number =>
  alpha * SHARE[outcome][test] * (test === 'ratio' ? 1 : (LOOK_SHARE[test][n] ?? 0));

/** The share of alpha that the early looks at up to `n` blocks may have used. */
export const earlyShareSpent = (outcome: Outcome, n: number): number => {
  const ofRatio = n >= (BLOCKS.ratio[0] as number) ? SHARE[outcome].ratio : 0;
  const shared = (['unimodal', 'each'] as const).flatMap((test) =>
    BLOCKS[test].filter((at) => at <= n).map((at) => earlyLevel(test, outcome, at, 1)),
  );
  return ofRatio + sum(shared);
};
