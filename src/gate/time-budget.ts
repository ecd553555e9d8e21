/** The time that a whole run may take, by one clock that everything in it sees. */

import { formatDuration } from '../lib/format.ts';
import { NotMeasurableError } from '../model/errors.ts';

export interface TimeBudget {
  /** Aborted when the time is up, or by what stops the run. */
  signal: AbortSignal;
  /** Null where there is no budget. */
  totalMs: number | null;
  /** Infinite where there is no budget. */
  leftMs(): number;
  /** Whether the time is up, and not the run stopped. */
  isOver(): boolean;
  /** The clock stands still while `wait` runs. */
  exclude<T>(wait: () => Promise<T>): Promise<T>;
  /**
   * Does something for which a share of the time that is left is available. It is given a signal, and rejects once that is
   * aborted; then `over` is returned.
   */
  limit<T>(share: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | 'over'>;
  /** Ends the clock. */
  close(): void;
}

/** @param stop ends the run for another reason */
export function startTimeBudget(totalMs: number | null, stop: AbortSignal): TimeBudget {
  const controller = new AbortController();
  let endMs = totalMs === null ? Number.POSITIVE_INFINITY : performance.now() + totalMs;
  let timer: NodeJS.Timeout | null = null;
  const halt = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  // A timer may come a little before its time.
  const leftMs = (): number => (controller.signal.aborted ? 0 : Math.max(0, endMs - performance.now()));
  const run = (): void => {
    if (totalMs === null) return;
    timer = setTimeout(() => controller.abort(explain(totalMs)), leftMs());
    timer.unref();
  };
  run();
  return {
    signal: AbortSignal.any([stop, controller.signal]),
    totalMs,
    leftMs,
    isOver: () => controller.signal.aborted && !stop.aborted,
    async exclude(wait) {
      halt();
      const fromMs = performance.now();
      try {
        return await wait();
      } finally {
        endMs += performance.now() - fromMs;
        run();
      }
    },
    async limit(share, work) {
      if (totalMs === null) return work(stop);
      const limited = new AbortController();
      const timer = setTimeout(() => limited.abort(explain(totalMs)), share * leftMs());
      const signal = AbortSignal.any([stop, controller.signal, limited.signal]);
      try {
        if (leftMs() === 0) limited.abort(explain(totalMs));
        signal.throwIfAborted();
        return await work(signal);
      } catch (error) {
        if (signal.aborted && !stop.aborted) return 'over';
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: halt,
  };
}

/** What the run ends with where the budget is used up before anything could be measured. */
const explain = (totalMs: number): NotMeasurableError =>
  new NotMeasurableError(
    `the time budget of ${formatDuration(totalMs)} was used up before anything was measured: raise time-budget`,
  );
