import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startHeartbeat } from '../../src/action/heartbeat.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('says what is going on where nothing else is said, and is silent once stopped', () => {
  const lines: string[] = [];
  const { log, stop } = startHeartbeat((line) => lines.push(line), 60_000);
  log('thumbnail · block 3');
  vi.advanceTimersByTime(130_000);
  const said = lines.length;
  stop();
  expect(lines[0]).toBe('thumbnail · block 3');
  expect(lines[1]).toMatch(/^… \d+ s since: thumbnail · block 3$/);
  vi.advanceTimersByTime(130_000);
  expect(lines).toHaveLength(said);
});
