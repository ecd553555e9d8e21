/** What the pilot can afford, and how it sizes a message. */

import { sum } from 'simple-statistics';

/** Milliseconds that one instance of an arm takes, as the pilot found them. */
export interface ArmCost {
  /** Start, first response, evidence, stop, and the tail phase where there is one. */
  fixedMs: number;
  /** One warm message of `repeat` calls. */
  messageMs: number;
}

/** How long an instance with so many messages takes, including those of the warm-up. */
export const instanceMs = ({ fixedMs, messageMs }: ArmCost, messages: number): number => fixedMs + messages * messageMs;

/** One message lasts at least this many empty round trips of the slowest gated arm (docs/reference/metrics.md, `repeat`). */
const ROUND_TRIPS_PER_MESSAGE = 20;
/** The longest message that is put together from several calls. A call that is longer by itself is slow. */
export const LONGEST_MESSAGE_MS = 250;

/** How often one message repeats the call, so that the channel's share of a latency stays small. */
export function chooseRepeat(controlMs: number, slowestEmptyMs: number): number {
  const wantedMs = Math.min(LONGEST_MESSAGE_MS, ROUND_TRIPS_PER_MESSAGE * slowestEmptyMs);
  return Math.max(1, Math.ceil(wantedMs / controlMs));
}

/** The most that the pilot may take: this share of the sampling time, and the time of this many blocks of full length. */
const TIME_SHARE = 0.1;
const BLOCKS = 2;
const LONGEST_SERIES = 60;
/** Shorter series do not show a warm-up. */
const SHORTEST_SERIES = 10;
/** At least two rounds are needed to show a variance between instances. */
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
  /** The least time that a first decision takes. The pilot must not use it. */
  reserveMs: number;
}

/**
 * How many more rounds the pilot can afford once it knows what an instance costs, and how long their series are.
 * @param costs of the arms that take part
 */
export const planPilot = (costs: ArmCost[], { blockMs, timeMs, spentMs, reserveMs }: PilotTime): PilotRounds => {
  const spareMs = timeMs - spentMs - reserveMs;
  // Where the time is too short for every arm to be decided, knowing more can only help.
  const mostMs = spareMs < 0 ? Number.POSITIVE_INFINITY : spareMs;
  const budgetMs = Math.min(TIME_SHARE * timeMs - spentMs, BLOCKS * blockMs, mostMs);
  const fixedMs = sum(costs.map((cost) => cost.fixedMs));
  const messageMs = sum(costs.map((cost) => cost.messageMs));
  for (const rounds of ROUNDS) {
    const fitting = Math.floor((budgetMs / rounds - fixedMs) / messageMs);
    // A third round is worth less than series twice as long.
    if (fitting >= (rounds === 3 ? 2 * SHORTEST_SERIES : SHORTEST_SERIES))
      return { rounds, length: Math.min(LONGEST_SERIES, fitting) };
  }
  return { rounds: 0, length: 0 };
};
