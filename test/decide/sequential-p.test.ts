import { expect, test } from 'vitest';
import { sequentialP } from '../../src/decide/comparison-family.ts';

/** Every look may use all of alpha. */
const of = (ps: number[]) =>
  sequentialP({
    looks: ps.length,
    levels: (alpha) => ps.map(() => alpha),
    proves: (look, level) => (ps[look] as number) <= level,
  });

test('the smallest of the looks, rounded up to 1, 2 or 5 of its decade', () => {
  expect(of([0.3, 0.0031, 0.2])).toBe(0.005);
  expect(of([0.02])).toBe(0.02);
  expect(of([1e-9])).toBe(1e-5);
});

test('none', () => {
  expect(of([0.6])).toBeNull();
  expect(of([])).toBeNull();
});

test('a look whose level is 0 proves nothing', () => {
  expect(sequentialP({ looks: 2, levels: () => [0, 0], proves: () => true })).toBeNull();
});
