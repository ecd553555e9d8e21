import { createAnswerBook } from '../../src/measure/answer-book.ts';
import { type EventFeed, feedEvents } from '../../src/measure/event-feed.ts';
import type { InstancePlan } from '../../src/measure/run-instance.ts';

/** The events in turn, and whatever is answered is as expected. */
export const plainFeed = (plan: InstancePlan, events: unknown[] = [{}]): EventFeed =>
  feedEvents(events, createAnswerBook({ files: [], expect: { kind: 'any' }, deterministic: true }), plan);
