import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mannWhitneyCritical, mannWhitneyP } from '../../src/stats/mann-whitney.ts';

/** Placental permeability (Hollander and Wolfe 1973, page 69; the example of R's wilcox.test). */
const TERM = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const EARLY = [1.15, 0.88, 0.9, 0.74, 1.21];

describe('critical values', () => {
  // R: qwilcox; tables of Mann and Whitney.
  test.each([
    [10, 5, 0.1273, 15],
    [10, 5, 0.1271, 14],
    [5, 5, 0.05, 4],
    [8, 8, 0.05, 15],
    [20, 20, 0.01, 114],
  ])('%i and %i values at alpha %f', (n, m, alpha, critical) => {
    expect(mannWhitneyCritical(n, m, alpha)).toBe(critical);
    expect(mannWhitneyCritical(m, n, alpha)).toBe(critical);
  });

  test('the extremes at the smallest level, 1 of the 252 orders of 5 and 5; below it nothing', () => {
    expect(mannWhitneyCritical(5, 5, 1 / 252)).toBe(0);
    expect(mannWhitneyCritical(5, 5, 1 / 253)).toBeNull();
    expect(mannWhitneyCritical(0, 5, 0.5)).toBeNull();
  });
});

describe('p-values', () => {
  test('R: wilcox.test(x, y, alternative = "greater"): W = 35, p = 0.1272', () => {
    expect(mannWhitneyP(TERM, EARLY, 0).above).toBeCloseTo(0.1272, 4);
  });

  test('moving both by what is asked about changes nothing', () => {
    const moved = TERM.map((value) => value + 3);
    expect(mannWhitneyP(moved, EARLY, 3).above).toBeCloseTo(mannWhitneyP(TERM, EARLY, 0).above, 12);
  });

  test('exchange of the samples exchanges the sides', () => {
    const there = mannWhitneyP(TERM, EARLY, 0);
    const back = mannWhitneyP(EARLY, TERM, 0);
    expect(back.below).toBeCloseTo(there.above, 12);
    expect(back.above).toBeCloseTo(there.below, 12);
  });

  test('a p-value of at most alpha is what the critical value says', () => {
    const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, values, fc.constantFrom(0.01, 0.05, 0.2), (xs, ys, alpha) => {
        const notAbove = xs.flatMap((x) => ys.filter((y) => x <= y)).length;
        const critical = mannWhitneyCritical(xs.length, ys.length, alpha);
        return mannWhitneyP(xs, ys, 0).above <= alpha === (critical !== null && notAbove <= critical);
      }),
    );
  });

  test('hundreds of values: the normal approximation goes on where the exact distribution ends', () => {
    const of = (count: number, shift: number) =>
      [...Array(count).keys()].map((i) => ((i * 37) % count) / count + shift);
    const exact = mannWhitneyP(of(200, 0.02), of(200, 0), 0).above;
    const normal = mannWhitneyP(of(201, 0.02), of(200, 0), 0).above;
    expect(normal / exact).toBeGreaterThan(0.9);
    expect(normal / exact).toBeLessThan(1.1);
  });

  test('of nothing nothing is known', () => {
    expect(mannWhitneyP([], EARLY, 0)).toEqual({ above: 1, below: 1 });
  });
});
