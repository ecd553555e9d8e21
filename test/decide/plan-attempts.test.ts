import { expect, test } from 'vitest';
import { planAttempts } from '../../src/decide/plan-attempts.ts';

/** All spent in proportion; each attempt has half of what is left. */
const SPENDING = { within: (t: number) => t, attempt: 0.5, fewest: 4 };
const plan = (...attempts: Parameters<typeof planAttempts>[0]) =>
  planAttempts(attempts, SPENDING).map(({ n, share, isFull }) => [n, Number(share.toFixed(4)), isFull]);

test('while it goes on: the looks that are due', () => {
  expect(plan({ schedule: [4, 6, 8, 10], available: 7, isOver: false })).toEqual([
    [4, 0.2, false],
    [6, 0.3, false],
  ]);
});

test('ended by time: all of the attempt is spent on the blocks there are', () => {
  expect(plan({ schedule: [4, 6, 8, 10], available: 7, isOver: true })).toEqual([
    [4, 0.2, false],
    [6, 0.3, false],
    [7, 0.5, true],
  ]);
  expect(plan({ schedule: [4, 10], available: 4, isOver: true })).toEqual([[4, 0.5, true]]);
});

test('at the last look all is spent, over or not; blocks beyond it count for nothing', () => {
  expect(plan({ schedule: [4, 10], available: 12, isOver: false })).toEqual([
    [4, 0.2, false],
    [10, 0.5, true],
  ]);
});

test('a further attempt goes on with its blocks and with what is left of alpha', () => {
  expect(
    plan({ schedule: [4, 10], available: 6, isOver: true }, { schedule: [8, 10, 16], available: 16, isOver: false }),
  ).toEqual([
    [4, 0.2, false],
    [6, 0.5, true],
    [8, 0.55, false],
    [10, 0.6, false],
    [16, 0.75, true],
  ]);
});

test('one that was given up, or stopped before it could decide, leaves all that it did not spend', () => {
  expect(
    plan({ schedule: [4, 10], available: 4, isOver: false }, { schedule: [8, 14], available: 14, isOver: false }),
  ).toEqual([
    [4, 0.2, false],
    [8, 0.36, false],
    [14, 0.6, true],
  ]);
  expect(
    plan({ schedule: [4, 10], available: 3, isOver: true }, { schedule: [8, 13], available: 13, isOver: false }),
  ).toEqual([
    [3, 0, true],
    [8, 0.25, false],
    [13, 0.5, true],
  ]);
});

test('an attempt without blocks spends nothing', () => {
  expect(plan({ schedule: [4], available: 0, isOver: true })).toEqual([]);
  expect(plan({ schedule: [4], available: 4, isOver: true }, { schedule: [8], available: 4, isOver: true })).toEqual([
    [4, 0.5, true],
  ]);
});
