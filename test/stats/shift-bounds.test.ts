import { describe, expect, test } from 'vitest';
import { shiftBounds } from '../../src/stats/shift-bounds.ts';

/** Hollander and Wolfe (1973), page 69: permeability of the human chorioamnion, at term and earlier. */
const TERM = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const EARLIER = [1.15, 0.88, 0.9, 0.74, 1.21];

/** Differences that are all distinct, so that a bound tells which of them it is. */
const spaced = (n: number, m: number) => ({
  now: Array.from({ length: n }, (_, i) => 1000 * (i + 1)),
  earlier: Array.from({ length: m }, (_, j) => j * j),
});

describe('shift bounds', () => {
  test("R's wilcox.test(term, earlier, conf.int): shift 0.305, 95 % from -0.15 to 0.76", () => {
    const bounds = shiftBounds(TERM, EARLIER, { lower: 0.025, upper: 0.025 });
    expect(bounds.estimate).toBeCloseTo(0.305, 10);
    expect(bounds.lower).toBeCloseTo(-0.15, 10);
    expect(bounds.upper).toBeCloseTo(0.76, 10);
  });

  // Largest u with P(U ≤ u) ≤ alpha, one-sided (Mann and Whitney's U, standard tables).
  test.each([
    [5, 5, 0.05, 4],
    [5, 5, 0.01, 1],
    [8, 8, 0.05, 15],
    [8, 8, 0.025, 13],
    [10, 10, 0.01, 19],
    [20, 20, 0.025, 127],
    [20, 20, 0.01, 114],
  ])('%i and %i values, alpha = %f: critical value %i', (n, m, alpha, critical) => {
    const { now, earlier } = spaced(n, m);
    const differences = now.flatMap((x) => earlier.map((y) => x - y)).sort((a, b) => a - b);
    const { lower, upper } = shiftBounds(now, earlier, { lower: alpha, upper: alpha });
    expect(differences.indexOf(lower ?? Number.NaN)).toBe(critical);
    expect(differences.length - 1 - differences.lastIndexOf(upper ?? Number.NaN)).toBe(critical);
  });

  test('too few values for the level: no bound', () => {
    expect(shiftBounds([1, 2], [3, 4], { lower: 0.01, upper: 0.2 })).toEqual({ estimate: -2, lower: null, upper: -1 });
    expect(shiftBounds([], [3], { lower: 0.1, upper: 0.1 })).toEqual({ estimate: null, lower: null, upper: null });
  });

  test('equal values on both sides: an interval of width zero', () => {
    const same = Array<number>(10).fill(3);
    expect(shiftBounds(same, same, { lower: 0.01, upper: 0.01 })).toEqual({ estimate: 0, lower: 0, upper: 0 });
  });
});
