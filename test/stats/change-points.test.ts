import { describe, expect, test } from 'vitest';
import { changePoints } from '../../src/stats/change-points.ts';
import { normal, seeded } from './support.ts';

const series = (length: number, seed: number, at: (index: number) => number, sigma = 0.005): number[] => {
  const random = seeded(seed);
  return Array.from({ length }, (_, index) => at(index) + sigma * normal(random));
};

describe('a step', () => {
  test('is found where it is, with its size', () => {
    const [step, ...others] = changePoints(series(24, 1, (index) => (index < 12 ? 0 : 0.1)));
    expect(others).toEqual([]);
    expect(step?.index).toBe(12);
    expect(step?.shift).toBeCloseTo(0.1, 2);
  });

  test('and its revert are two', () => {
    const steps = changePoints(series(36, 2, (index) => (index >= 12 && index < 24 ? 0.1 : 0)));
    expect(steps.map(({ index }) => index)).toEqual([12, 24]);
    expect(steps.map(({ shift }) => Math.sign(shift))).toEqual([1, -1]);
  });

  test('by hand: K = 100 of twenty values in two groups, p = 2 exp(−6·100² ÷ 8400)', () => {
    const [step] = changePoints(Array.from({ length: 20 }, (_, index) => (index < 10 ? index : index + 100)));
    expect(step).toEqual({ index: 10, shift: 110, p: expect.closeTo(0.00158098, 8) });
    expect(changePoints([1, 2, 3, 4, 5, 11, 12, 13, 14, 15])).toEqual([]);
  });

  test('nine runs behind it show it, wherever the noise falls', () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => seed + 1);
    const found = seeds.map((seed) => changePoints(series(21, seed, (index) => (index < 12 ? 0 : 0.1))));
    expect(found.every(([step, ...more]) => step?.index === 12 && more.length === 0)).toBe(true);
  });

  test.each([[[]], [[1]], [[1, 2, 3, 4, 5]], [Array(30).fill(7)]])('is not in %j', (values) => {
    expect(changePoints(values)).toEqual([]);
  });

  test('one wild run is none', () => {
    expect(changePoints(series(30, 3, (index) => (index === 15 ? 1 : 0)))).toEqual([]);
  });
});

test.each([20, 40, 60])('false steps in %i values: at most one history in a hundred', (length) => {
  const runs = 600;
  const found = Array.from({ length: runs }, (_, seed) => changePoints(series(length, seed + 1, () => 0)).length > 0);
  expect(found.filter(Boolean).length / runs).toBeLessThan(0.01);
});
