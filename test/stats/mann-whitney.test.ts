import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mannWhitneyMisrate } from '../../src/stats/mann-whitney.ts';

describe('what the library is asked for: the middle of the step below the level, both sides together', () => {
  // R: pwilcox(u − 1, n, m) + pwilcox(u, n, m), u the critical value at alpha.
  test.each([
    [10, 5, 0.1273, 0.10323010323 + 0.12720612721],
    [10, 5, 0.1271, 0.08225108225 + 0.10323010323],
    [5, 5, 0.05, 0.02777777778 + 0.04761904762],
    [8, 8, 0.05, 0.03247863248 + 0.04149184149],
    [20, 20, 0.01, 0.00904678933 + 0.00976838092],
  ])('%i and %i values at alpha %f', (n, m, alpha, misrate) => {
    expect(mannWhitneyMisrate(n, m, alpha)).toBeCloseTo(misrate, 10);
    expect(mannWhitneyMisrate(m, n, alpha)).toBeCloseTo(misrate, 10);
  });

  test('the extremes at the smallest level, 1 of the 252 orders of 5 and 5; below it nothing', () => {
    expect(mannWhitneyMisrate(5, 5, 1 / 252)).toBe('extremes');
    expect(mannWhitneyMisrate(5, 5, 1 / 253)).toBeNull();
    expect(mannWhitneyMisrate(0, 5, 0.5)).toBeNull();
  });

  test('never above twice the level', () => {
    const sizes = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(sizes, sizes, fc.double({ min: 0.0001, max: 0.5, noNaN: true }), (n, m, alpha) => {
        const misrate = mannWhitneyMisrate(n, m, alpha);
        return typeof misrate !== 'number' || misrate <= 2 * alpha + 1e-12;
      }),
    );
  });
});
