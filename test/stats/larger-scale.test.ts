import { expect, test } from 'vitest';
import { largerScaleP } from '../../src/stats/larger-scale.ts';
import { normal, seeded } from './support.ts';

const series = (count: number, scale: number, seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => scale * normal(random));
};

test('ten values that all lie further out: signed ranks, 2 · 2⁻¹⁰', () => {
  const wide = [-50, -40, -30, -20, -10, 10, 20, 30, 40, 50];
  const narrow = [1, -1, 1, -1, 1, -1, 1, -1, 1, -1];
  expect(largerScaleP(wide, narrow, 3)).toBeCloseTo(2 / 1024, 12);
  // 20 times is too much for the two inner ones and those of 20: the excess is 30, 20, 10, 0, −10, twice each.
  expect(largerScaleP(wide, narrow, 20)).toBeGreaterThan(0.05);
});

test('few blocks with most of the noise: the sum, 2 · exp(−z² ÷ 2)', () => {
  // 20 of 60 are 10 off the median; the others are the median, and 3 times 0.1 below the reference.
  const first = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 10 : 0));
  const second = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? 0.1 : -0.1));
  const [total, squares] = [20 * 9.7 - 40 * 0.3, 20 * 9.7 ** 2 + 40 * 0.3 ** 2];
  expect(largerScaleP(first, second, 3)).toBeCloseTo(2 * Math.exp(-(total ** 2) / (2 * squares)), 12);
  expect(largerScaleP(first, second, 3)).toBeLessThan(0.001);
});

test('noise that is just so much larger is found in less than one of a hundred series', () => {
  const found = (factor: number) =>
    Array.from({ length: 500 }, (_, seed) =>
      largerScaleP(series(40, factor, 2 * seed + 1), series(40, 1, 2 * seed + 2), 3),
    ).filter((p) => p <= 0.01).length;
  expect(found(1)).toBe(0);
  expect(found(3)).toBeLessThanOrEqual(5);
  expect(found(15)).toBe(500);
});

test('nothing is said of no values, or of equal ones', () => {
  expect(largerScaleP([], [1, 2, 3], 3)).toBe(1);
  expect(largerScaleP([1, 2], [], 3)).toBe(1);
  expect(largerScaleP([5, 5, 5, 5, 5], [5, 5, 5, 5, 5], 3)).toBe(1);
});
