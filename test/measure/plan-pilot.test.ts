import { expect, it } from 'vitest';
import { chooseRepeat, planPilot } from '../../src/measure/plan-pilot.ts';

const cost = (fixedMs: number, messageMs: number) => ({ fixedMs, messageMs });

it.each([
  // A message of 20 × 0.5 ms = 10 ms, of calls that take 4 ms.
  [4, 0.5, 3],
  [5, 0.5, 2],
  // One call takes longer than that.
  [30, 0.5, 1],
  [0.1, 0.05, 10],
  // An emulated channel of 40 ms would ask for 800 ms: 250 ms is the most.
  [10, 40, 25],
  [300, 40, 1],
])('a call of %f ms over a channel of %f ms is repeated %i times', (controlMs, emptyMs, repeat) => {
  expect(chooseRepeat(controlMs, emptyMs)).toBe(repeat);
});

it.each([
  ['three rounds of long series', { timeMs: 120_000, blockMs: 1800 }, { rounds: 3, length: 30 }],
  ['never longer than 60 values', { timeMs: 1e9, blockMs: 1e6 }, { rounds: 3, length: 60 }],
  ['two rounds of shorter ones', { timeMs: 13_000, blockMs: 1800 }, { rounds: 2, length: 10 }],
  ['one round', { timeMs: 7_000, blockMs: 1800 }, { rounds: 1, length: 10 }],
  ['none where a block takes most of the time', { timeMs: 2_000, blockMs: 1800 }, { rounds: 0, length: 0 }],
])('%s', (_, { timeMs, blockMs }, rounds) => {
  const costs = [cost(100, 10), cost(100, 10), cost(100, 10)];
  expect(planPilot(costs, { blockMs, timeMs, spentMs: 100, reserveMs: 0 })).toEqual(rounds);
});

it('what a first decision takes is not touched', () => {
  const costs = [cost(100, 10), cost(100, 10), cost(100, 10)];
  const time = { blockMs: 1800, timeMs: 20_000, spentMs: 100 };
  expect(planPilot(costs, { ...time, reserveMs: 18_000 })).toEqual({ rounds: 2, length: 21 });
  expect(planPilot(costs, { ...time, reserveMs: 19_200 })).toEqual({ rounds: 1, length: 13 });
  expect(planPilot(costs, { ...time, reserveMs: 19_900 })).toEqual({ rounds: 0, length: 0 });
  // There was none to be had.
  expect(planPilot(costs, { ...time, reserveMs: 60_000 })).toEqual({ rounds: 2, length: 21 });
});
