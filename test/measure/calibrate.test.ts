import { expect, it } from 'vitest';
import { chooseRepeat } from '../../src/measure/calibrate.ts';

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
