import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startLiveView } from '../../src/progress/live-view.ts';
import { openScreen } from '../../src/progress/screen.ts';
import { progressOf } from '../support/progress.ts';
import { showScreen } from '../support/terminal-screen.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A terminal in memory, of which `showScreen` says what a person sees. */
function terminal(columns: number): { stream: WriteStream; screen: () => string[]; sent: () => string } {
  let sent = '';
  const stream = new Writable({
    write(chunk, _, done) {
      sent += chunk;
      done();
    },
  });
  return {
    stream: Object.assign(stream, { columns }) as unknown as WriteStream,
    screen: () => showScreen(sent, columns),
    sent: () => sent,
  };
}

it('redraws its line in place, below what others write meanwhile', () => {
  const { stream, screen } = terminal(40);
  const { draw, close } = openScreen(stream);
  draw('block 1');
  draw('block 2');
  expect(screen()).toEqual(['block 2']);
  stream.write('(node) Warning: something\n');
  expect(screen()).toEqual(['(node) Warning: something', 'block 2']);
  stream.write('half a ');
  stream.write('line\n');
  expect(screen()).toEqual(['(node) Warning: something', 'half a line', 'block 2']);
  close();
  close();
  expect(screen()).toEqual(['(node) Warning: something', 'half a line', '']);
  stream.write('after\n');
  expect(screen()).toEqual(['(node) Warning: something', 'half a line', 'after', '']);
});

it('cuts its line at the edge, and finds it again where the terminal has become narrower', () => {
  const { stream, sent } = terminal(20);
  const { draw } = openScreen(stream);
  draw('0123456789012345678901234567890');
  expect(showScreen(sent(), 20)).toEqual(['0123456789012345678']);
  Object.assign(stream, { columns: 8 });
  // A terminal breaks the lines that it shows when it becomes narrower.
  draw('short');
  expect(showScreen(sent(), 8)).toEqual(['short']);
});

it('shows how far a function is, and leaves its end with its table', () => {
  const { stream, screen } = terminal(140);
  const view = startLiveView(stream, true);
  view.progress(progressOf());
  vi.advanceTimersByTime(600);
  expect(screen()).toEqual([
    'thumbnail (1 of 3)  5 of at most 24 blocks, about 13 s left, in gvisor  ✔ runc  … gvisor latency +28.6% (−6.20% to +156%), limit 3x',
  ]);
  view.log('thumbnail · runc: crashed: \u001b[2Ja bad \u001b[31mword');
  expect(screen()).toEqual([
    'thumbnail · runc: crashed: \\u{1b}[2Ja bad \\u{1b}[31mword',
    'thumbnail (1 of 3)  5 of at most 24 blocks, about 13 s left, in gvisor  ✔ runc  … gvisor latency +28.6% (−6.20% to +156%), limit 3x',
  ]);
  view.progress(progressOf({ stage: 'done', reason: 'decided' }));
  vi.advanceTimersByTime(600);
  const [, end, head, , name, ...rows] = screen();
  expect(end).toBe('✔ thumbnail (1 of 3) · everything decided after 5 blocks in 9 s: runc after 4; still open: gvisor');
  expect(head).toMatch(/^ {2}Isolation +Latency overhead +Budget +Cold start +Memory +Verdict$/);
  expect(name).toBe('thumbnail');
  expect(rows).toHaveLength(5);
  view.stop();
  expect(screen().at(-1)).toBe('');
});

it('says what takes long where no function is measured', () => {
  const { stream, screen } = terminal(80);
  const view = startLiveView(stream, false);
  view.log('another run measures on this host');
  vi.advanceTimersByTime(35_400);
  expect(screen()).toEqual(['another run measures on this host', '… 35 s since: another run measures on this host']);
  view.stop();
  expect(screen()).toEqual(['another run measures on this host', '']);
});
