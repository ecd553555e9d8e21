/** One instance of the base before any of the head: whether the base works by itself. */

import { BASE_HINT } from '../decide/plan-comparisons.ts';
import { createAnswerBook } from '../measure/answer-book.ts';
import { feedEvents } from '../measure/event-feed.ts';
import { runInstance } from '../measure/run-instance.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Isolation, StartContext } from '../model/isolation.ts';
import { readEvents } from './read-events.ts';

/** @returns what is wrong with the base's function under the control, or null */
export type TryBase = (fn: FunctionConfig, image: FunctionImage) => Promise<string | null>;

/** One call for each event, as far as this time goes. */
const CALLS_MS = 1_000;
const MOST_CALLS = 20;

/** @param control null where it cannot run here, which the run reports by itself */
export const createTryBase =
  (
    { resources, measure }: Pick<Config, 'resources' | 'measure'>,
    control: Isolation | null,
    nextContext: (startTimeoutMs: number) => StartContext,
  ): TryBase =>
  async (fn, image) => {
    if (control === null) return null;
    const events = await readEvents(fn.events);
    const book = createAnswerBook({ files: fn.events, expect: fn.expect, deterministic: false });
    const calls = { warmup: 0, invocations: Math.min(events.length, MOST_CALLS), tail: 0, callsMs: CALLS_MS };
    const plan = { ...calls, repeat: 1, empty: 0, invokeTimeoutMs: measure.timeoutMs };
    const context = nextContext(measure.timeoutMs);
    const feed = feedEvents(events, book, plan);
    const { status, error } = await runInstance(control, image, resources, context, feed, plan);
    if (status === 'ok') return null;
    return `no instance of ${control.config.name} ended well (${status}${error === undefined ? '' : `: ${error}`}; ${BASE_HINT})`;
  };
