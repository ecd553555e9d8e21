import { expect, it, vi } from 'vitest';
import { startTimeBudget } from '../../src/gate/time-budget.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';

const never = () => new AbortController().signal;
/** Resolves when the signal is aborted, as work does that listens to it. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

it('ends whatever runs, and says that it is over', async () => {
  const budget = startTimeBudget(20, never());
  await expect(untilAborted(budget.signal)).rejects.toBeInstanceOf(NotMeasurableError);
  expect(budget.isOver()).toBe(true);
  expect(budget.leftMs()).toBe(0);
  expect(await budget.limit(1, async () => 'done')).toBe('over');
  budget.close();
});

it('a share of it ends earlier, and leaves the rest to others', async () => {
  const budget = startTimeBudget(60_000, never());
  expect(await budget.limit(0.0005, untilAborted)).toBe('over');
  expect(budget.isOver()).toBe(false);
  expect(await budget.limit(0.5, async () => 'done')).toBe('done');
  await expect(budget.limit(0.5, () => Promise.reject(new Error('no such file')))).rejects.toThrow('no such file');
  budget.close();
});

it('without one nothing is limited, and a stop is not taken for its end', async () => {
  const stop = new AbortController();
  const budget = startTimeBudget(null, stop.signal);
  expect(budget.leftMs()).toBe(Number.POSITIVE_INFINITY);
  const limited = startTimeBudget(60_000, stop.signal);
  const running = limited.limit(1, untilAborted);
  stop.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
  expect([budget.isOver(), limited.isOver(), limited.signal.aborted]).toEqual([false, false, true]);
  limited.close();
});

it('its clock stands still while something else is waited for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const budget = startTimeBudget(60_000, never());
    vi.advanceTimersByTime(10_000);
    const waited = budget.exclude(async () => {
      vi.advanceTimersByTime(300_000);
      return budget.isOver();
    });
    expect(await waited).toBe(false);
    expect(budget.leftMs()).toBe(50_000);
    vi.advanceTimersByTime(49_999);
    expect(budget.isOver()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(budget.isOver()).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
