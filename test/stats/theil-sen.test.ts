import fc from 'fast-check';
import { expect, test } from 'vitest';
import { theilSenSlope } from '../../src/stats/trend.ts';

const pointsOf = (ys: number[]) => ys.map((y, i) => ({ x: i + 1, y }));

test('cloud seeding, Hollander and Wolfe, example 9.1: slope −0.056', () => {
  expect(theilSenSlope(pointsOf([1.26, 1.27, 1.12, 1.16, 1.03]))).toBeCloseTo(-0.05625, 10);
});

test('one far value does not turn it', () => {
  expect(theilSenSlope(pointsOf([1, 2, 3, 4, 500, 6, 7]))).toBe(1);
});

test('none without two different places', () => {
  expect(theilSenSlope([])).toBeNull();
  expect(theilSenSlope([{ x: 1, y: 2 }])).toBeNull();
  expect(
    theilSenSlope([
      { x: 1, y: 2 },
      { x: 1, y: 3 },
    ]),
  ).toBeNull();
});

test('scales with y, turns with its sign, adds a slope that is added', () => {
  const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (ys, factor, slope) => {
      const plain = theilSenSlope(pointsOf(ys)) ?? Number.NaN;
      expect(theilSenSlope(pointsOf(ys.map((y, i) => factor * y + slope * i + 3)))).toBeCloseTo(
        factor * plain + slope,
        8,
      );
    }),
  );
});
