import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startPlainView } from '../../src/progress/plain-view.ts';
import { progressOf, widest } from '../support/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('says what is going on where nothing else is said, and is silent once stopped', () => {
  const lines: string[] = [];
  const { log, stop } = startPlainView((line) => lines.push(line), { everyMs: 60_000 });
  log('building thumbnail');
  vi.advanceTimersByTime(130_000);
  const said = lines.length;
  stop();
  expect(lines[0]).toBe('building thumbnail');
  expect(lines[1]).toMatch(/^… \d+ s since: building thumbnail$/);
  vi.advanceTimersByTime(130_000);
  expect(lines).toHaveLength(said);
});

it('has a line of a function in ten seconds, and one at its end', () => {
  const lines: string[] = [];
  const { progress, stop } = startPlainView((line) => lines.push(line));
  for (let block = 1; block <= 25; block++) {
    progress(progressOf({ blocks: block }));
    vi.advanceTimersByTime(1_000);
  }
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^thumbnail \(1 of 3\) · \d+ of at most 24 blocks, about 13 s left, in gvisor · decided: runc; open: gvisor · widest: gvisor latency \+28\.6% \(−6\.20% to \+156%\), limit 3x$/,
  );
  progress(progressOf({ stage: 'done', reason: 'decided', blocks: 25, tookMs: 25_000 }));
  expect(lines[2]).toBe(
    'thumbnail (1 of 3) · everything decided after 25 blocks in 25 s: runc after 4; still open: gvisor',
  );
  stop();
});

it('has a line for each block where it is to be verbose', () => {
  const lines: string[] = [];
  const { progress, stop } = startPlainView((line) => lines.push(line), { verbose: true });
  for (const blocks of [0, 1, 1, 2]) progress(progressOf({ blocks, findWidest: () => null }));
  expect(lines).toEqual([
    'thumbnail (1 of 3) · 1 of at most 24 blocks, about 13 s left, in gvisor · decided: runc; open: gvisor',
    'thumbnail (1 of 3) · 2 of at most 24 blocks, about 13 s left, in gvisor · decided: runc; open: gvisor',
  ]);
  stop();
});

it('computes the widest comparison only for a line that is written', () => {
  const findWidest = vi.fn(() => widest);
  const { progress, stop } = startPlainView(() => {});
  for (let block = 1; block <= 5; block++) progress(progressOf({ blocks: block, findWidest }));
  expect(findWidest).not.toHaveBeenCalled();
  vi.advanceTimersByTime(11_000);
  expect(findWidest).toHaveBeenCalledTimes(1);
  stop();
});
