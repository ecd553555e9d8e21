import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kendallTrend } from '../../src/stats/trend.ts';
import { normal, seeded } from './support.ts';

const ascending = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
/** The first `count` of 1 … n in descending order: count·(count − 1) ÷ 2 descending pairs. */
const descendingFirst = (n: number, count: number) => [
  ...ascending(count).reverse(),
  ...ascending(n).filter((value) => value > count),
];
/** Puts the value that stands at `from` before the one at `to`: from − to more descending pairs. */
const moved = (values: number[], from: number, to: number) => {
  const rest = values.filter((_, i) => i !== from);
  return [...rest.slice(0, to), values[from] ?? 0, ...rest.slice(to)];
};

describe('Mann–Kendall trend', () => {
  test("R's cor.test(method = 'kendall') of Hollander and Wolfe (1973), page 187: T = 26, p = 0.1194", () => {
    // Panel scores of nine lots of tuna in the order of their Hunter L: 26 of the 36 pairs ascend.
    const { s, p } = kendallTrend([2.5, 4.0, 2.6, 3.6, 2.8, 3.1, 5.2, 5.0, 3.8]);
    expect(s).toBe(26 - 10);
    expect(p).toBeCloseTo(0.1194389, 7);
  });

  test('cloud seeding, Hollander and Wolfe, example 9.1: C = −6, one-sided p = 0.117', () => {
    const { s, p } = kendallTrend([1.26, 1.27, 1.12, 1.16, 1.03]);
    expect(s).toBe(-6);
    expect(p / 2).toBeCloseTo(0.117, 3);
  });

  // Counts of permutations by inversions ÷ n!: 5 of 9 is 1068 ÷ 362880.
  test.each([
    ['5 descending pairs of 9 values', moved(ascending(9), 5, 0), 2 * 0.0029431216931],
    ['10 of 10', descendingFirst(10, 5), 2 * 0.014304728836],
    ['60 of 20', moved(descendingFirst(20, 11), 16, 11), 2 * 0.0118672478225],
    ['700 of 60', moved(moved(descendingFirst(60, 37), 59, 37), 50, 38), 2 * 0.0090710535217],
    ['none of 12', ascending(12), 2 / 479001600],
  ])('exact: %s', (_, values, p) => {
    expect(kendallTrend(values).p / p).toBeCloseTo(1, 8);
  });

  test('by the normal distribution above 60 values, and corrected where there are ties', () => {
    // S = 4950 − 2·2211 = 528, variance 112750: z = 527 ÷ 335.78.
    expect(kendallTrend(descendingFirst(100, 67))).toMatchObject({ s: 528 });
    expect(kendallTrend(descendingFirst(100, 67)).p).toBeCloseTo(0.116539, 6);
    // S = 40 − 1, variance (2250 − 18 − 66) ÷ 18.
    expect(kendallTrend([1, 2, 2, 3, 3, 3, 5, 4, 6, 7])).toMatchObject({ s: 39 });
    expect(kendallTrend([1, 2, 2, 3, 3, 3, 5, 4, 6, 7]).p).toBeCloseTo(0.000532, 6);
  });

  test('nothing to see: equal values, one value, none', () => {
    expect(kendallTrend([5, 5, 5, 5])).toEqual({ s: 0, p: 1 });
    expect(kendallTrend([5])).toEqual({ s: 0, p: 1 });
    expect(kendallTrend([])).toEqual({ s: 0, p: 1 });
  });

  test('finds a trend where there is none as often as it says, not more', () => {
    const random = seeded(5);
    const runs = Array.from({ length: 4000 }, () => kendallTrend(Array.from({ length: 20 }, () => normal(random))).p);
    const rate = runs.filter((p) => p <= 0.05).length / 4000;
    expect(rate).toBeGreaterThan(0.035);
    expect(rate).toBeLessThan(0.06);
  });

  test('reversed order turns the sign; only the ranks count', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 70 }), (values) => {
        const plain = kendallTrend(values);
        const reversed = kendallTrend([...values].reverse());
        const cubed = kendallTrend(values.map((value) => value ** 3 / 7 + 1));
        expect(reversed.s + plain.s).toBe(0);
        expect(reversed.p).toBe(plain.p);
        expect(cubed).toEqual(plain);
      }),
    );
  });
});
