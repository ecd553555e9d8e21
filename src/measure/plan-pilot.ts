/** Pure: how many more rounds the pilot can afford once it knows what an instance costs, and how long their series are. */

import type { ArmCost } from './arm-cost.ts';

/** Of the sampling time, and in blocks as they would be without a pilot: cheap for fast functions as well. */
const TIME_SHARE = 0.1;
const BLOCKS = 2;
const LONGEST_SERIES = 60;
/** Shorter ones show no warm-up. */
const SHORTEST_SERIES = 10;
/** Two are the fewest that show a variance between instances. */
const ROUNDS = [3, 2, 1];

export interface PilotRounds {
  rounds: number;
  /** Values of one instance. */
  length: number;
}

export interface PilotTime {
  /** A whole block with the most invocations. */
  blockMs: number;
  timeMs: number;
  /** What the pilot took so far. */
  spentMs: number;
  /** What a first decision takes at the least: no pilot may cost it. */
  reserveMs: number;
}

/** @param costs of the arms that take part */
export const planPilot = (costs: ArmCost[], { blockMs, timeMs, spentMs, reserveMs }: PilotTime): PilotRounds => {
  const spareMs = timeMs - spentMs - reserveMs;
  // Where the time is too short for a decision by every arm, knowing more can only help.
  const mostMs = spareMs < 0 ? Number.POSITIVE_INFINITY : spareMs;
  const budgetMs = Math.min(TIME_SHARE * timeMs - spentMs, BLOCKS * blockMs, mostMs);
  const fixedMs = costs.reduce((sum, cost) => sum + cost.fixedMs, 0);
  const messageMs = costs.reduce((sum, cost) => sum + cost.messageMs, 0);
  for (const rounds of ROUNDS) {
    const fitting = Math.floor((budgetMs / rounds - fixedMs) / messageMs);
    // A third round is worth less than series twice as long.
    if (fitting >= (rounds === 3 ? 2 * SHORTEST_SERIES : SHORTEST_SERIES))
      return { rounds, length: Math.min(LONGEST_SERIES, fitting) };
  }
  return { rounds: 0, length: 0 };
};
