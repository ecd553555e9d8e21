import { expect, it } from 'vitest';
import { findWarmUp } from '../../src/measure/find-warm-up.ts';

const noise = [0.02, -0.01, 0.01, -0.02, 0, 0.015, -0.015, 0.005, -0.005, 0.01];
/** `count` values about `level`, one in ten of them the same. */
const even = (count: number, level = 10): number[] =>
  Array.from({ length: count }, (_, index) => level * (1 + (noise[index % 10] as number)));

it('an even series has none', () => {
  expect(findWarmUp(even(20))).toBe(0);
  expect(findWarmUp(even(60))).toBe(0);
  expect(findWarmUp(Array(20).fill(3))).toBe(0);
  expect(findWarmUp([])).toBe(0);
});

it('a step is found where it is', () => {
  expect(findWarmUp([...even(4, 20), ...even(16)])).toBe(4);
  expect(findWarmUp([...even(12, 11), ...even(48)])).toBe(12);
});

it('a slow fall ends about where it cannot be told from noise', () => {
  const falling = even(40).map((value, index) => value * (1 + 2 * Math.exp(-index / 3)));
  expect(findWarmUp(falling)).toBe(13);
});

it('a single spike is no warm-up, wherever it stands', () => {
  for (const at of [1, 5, 14, 28])
    expect(findWarmUp(even(30).map((value, index) => (index === at ? 8 * value : value)))).toBe(0);
});

it('of a series that never settles at most half is given up', () => {
  expect(findWarmUp(Array.from({ length: 20 }, (_, index) => 100 * 0.5 ** index))).toBe(5);
  expect(findWarmUp(even(20).map((value, index) => value * (1 + Math.exp(-index / 8))))).toBe(8);
  // What changes later is not taken for the end of a warm-up.
  expect(findWarmUp([...even(30, 20), ...even(10)])).toBe(0);
});

it('short series are read as well, if less surely', () => {
  // One more than need be.
  expect(findWarmUp([...even(3, 20), ...even(7)])).toBe(4);
  expect(findWarmUp([5])).toBe(0);
});
