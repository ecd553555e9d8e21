/** A time limit on work that may never end by itself. */

const GRACE_MS = 3_000;

/** The limit was exceeded. Users read the message as the reason. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Runs with a signal that is aborted after `limitMs`, or when `outer` is; gives it `graceMs` more to stop what it started,
 * and then leaves it to itself.
 *
 * @throws NoAnswerError when the limit was what ended it; the outer signal's reason when that was
 */
export async function within<T>(
  limitMs: number,
  outer: AbortSignal | null,
  run: (signal: AbortSignal) => Promise<T>,
  graceMs = GRACE_MS,
): Promise<T> {
  const seconds = (limitMs / 1000).toFixed(limitMs < 10_000 ? 1 : 0).replace(/\.0$/, '');
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new NoAnswerError(`no answer within ${seconds} s`)), limitMs);
  const signal = outer === null ? limit.signal : AbortSignal.any([outer, limit.signal]);
  let giveUp: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    const left = graceMs === 0 ? '' : ', and it does not stop: isogate clean removes what it left';
    const wait = (): void => {
      giveUp = setTimeout(() => reject(new NoAnswerError(`no answer within ${seconds} s${left}`)), graceMs);
    };
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
  stuck.catch(() => {});
  try {
    const running = run(signal);
    running.catch(() => {});
    return await Promise.race([running, stuck]);
  } catch (error) {
    if (error instanceof NoAnswerError) throw error;
    if (outer?.aborted) throw outer.reason;
    if (limit.signal.aborted) throw limit.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(giveUp);
  }
}
