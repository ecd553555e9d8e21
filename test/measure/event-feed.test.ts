import { expect, it } from 'vitest';
import { createAnswerBook } from '../../src/measure/answer-book.ts';
import { countSent, feedEvents, type MessagePhase } from '../../src/measure/event-feed.ts';

const book = createAnswerBook({ files: [], expect: { kind: 'any' }, deterministic: true });
const PLAN = { warmup: 2, tail: 3, invocations: 5 };

/** What the n-th block sends in a phase of so many messages. */
const sends = (events: number, block: number, phase: MessagePhase, count: number): number[] => {
  const before = { instances: block, invocations: block * PLAN.invocations };
  const feed = feedEvents(Array.from({ length: events }), book, PLAN, before);
  return Array.from({ length: count }, (_, n) => feed.indexOf(phase, n));
};

it('each block goes on where the block before ended, in each phase', () => {
  expect([0, 1, 2].map((block) => sends(8, block, 'first-response', 1))).toEqual([[0], [1], [2]]);
  expect([0, 1, 4].map((block) => sends(8, block, 'warm-up', 2))).toEqual([
    [1, 2],
    [3, 4],
    [1, 2],
  ]);
  expect([0, 1, 2].map((block) => sends(8, block, 'invoke', 5))).toEqual([
    [3, 4, 5, 6, 7],
    [0, 1, 2, 3, 4],
    [5, 6, 7, 0, 1],
  ]);
  expect(sends(8, 0, 'tail', 3)).toEqual([0, 1, 2]);
  expect(sends(8, 3, 'tail', 3)).toEqual([1, 2, 3]);
});

it('a thousand events are all measured within two hundred blocks of five', () => {
  const seen = Array.from({ length: 200 }, (_, block) => sends(1000, block, 'invoke', 5)).flat();
  expect(new Set(seen).size).toBe(1000);
});

it('a single event is sent every time', () => {
  expect(sends(1, 7, 'invoke', 3)).toEqual([0, 0, 0]);
});

it('a further attempt goes on where the earlier ones ended, whichever of their instances failed', () => {
  const of = (name: string, block: number, count: number) => ({
    function: name,
    block,
    latency_ms: Array(count).fill(1),
  });
  const instances = [of('f', 0, 5), of('f', 0, 2), of('g', 0, 9), of('f', 1, 0), of('f', 1, 5), of('f', 2, 0)];
  expect(countSent('f', instances)).toEqual({ instances: 3, invocations: 10 });
  expect(countSent('h', instances)).toEqual({ instances: 0, invocations: 0 });
});
