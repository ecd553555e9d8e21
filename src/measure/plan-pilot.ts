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

/**
 * @param costs of the arms that take part
 * @param blockMs a whole block with the most invocations
 * @param spentMs what the pilot took so far
 */
export const planPilot = (costs: ArmCost[], blockMs: number, timeMs: number, spentMs: number): PilotRounds => {
  const budgetMs = Math.min(TIME_SHARE * timeMs - spentMs, BLOCKS * blockMs);
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
