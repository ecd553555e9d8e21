/** Which event each message of an instance gets. */

import { sum } from 'simple-statistics';
import type { InstanceRecord } from '../model/samples.ts';
import type { AnswerBook } from './answer-book.ts';

/** `empty`: round trips that call nothing. */
export type MessagePhase = 'first-response' | 'empty' | 'warm-up' | 'invoke' | 'tail';

export interface EventFeed {
  events: unknown[];
  book: AnswerBook;
  /** Index of the event of the n-th message of a phase, from 0. */
  indexOf(phase: MessagePhase, n: number): number;
}

/** What was sent before an instance: events go on from there. */
export interface SentBefore {
  /** Instances of the arm, one a block. */
  instances: number;
  /** Messages that counted for latency. */
  invocations: number;
}

/** What earlier attempts of a function sent: in each block the most that any of its arms came to. */
export function countSent(
  name: string,
  instances: Pick<InstanceRecord, 'function' | 'block' | 'latency_ms'>[],
): SentBefore {
  const most = new Map<number, number>();
  for (const { function: own, block, latency_ms } of instances)
    if (own === name) most.set(block, Math.max(most.get(block) ?? 0, latency_ms.length));
  return { instances: most.size, invocations: sum([...most.values()]) };
}

/** How many messages the phases of one instance have. */
type PhaseLengths = Record<'warmup' | 'invocations' | 'tail', number>;

/**
 * Each phase goes through the events on its own and carries on where the block before ended, so that over a run each event is
 * a first one, warms up and is measured about equally often. All arms of a block get the same.
 * @param plan as of an arm that decides; arms for orientation get the first of its messages
 */
export function feedEvents(
  events: unknown[],
  book: AnswerBook,
  plan: PhaseLengths,
  before: SentBefore = { instances: 0, invocations: 0 },
): EventFeed {
  const { warmup, invocations, tail } = plan;
  const starts: Record<MessagePhase, number> = {
    'first-response': before.instances,
    empty: 0,
    'warm-up': 1 + before.instances * warmup,
    invoke: 1 + warmup + before.invocations,
    tail: 1 + warmup + invocations + before.instances * tail,
  };
  return { events, book, indexOf: (phase, n) => (starts[phase] + n) % events.length };
}
