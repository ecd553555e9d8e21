import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedBounds } from '../../src/stats/paired-bounds.ts';
import { signedRankCdf } from '../../src/stats/signed-rank.ts';
import { normal, seeded, walshAverages } from './support.ts';

/** Hollander and Wolfe (1973), page 29: Hamilton depression scale of nine patients, before and after. */
const BEFORE = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
const DEPRESSION = BEFORE.map((x, i) => x - (AFTER[i] ?? 0));

describe('the signed-rank distribution', () => {
  test('has the p-value that R documents for the depression data: V = 40, one-sided p = 0.01953', () => {
    // P(V ≥ 40) = P(V ≤ 45 − 40) by symmetry.
    expect(signedRankCdf(9)[5]).toBeCloseTo(0.01953125, 12);
  });

  // Critical values of the one-sided test: largest v with P(V ≤ v) ≤ alpha (Wilcoxon and Wilcox 1964, table).
  test.each([
    [5, 0.05, 0],
    [8, 0.05, 5],
    [9, 0.05, 8],
    [10, 0.05, 10],
    [12, 0.05, 17],
    [20, 0.05, 60],
    [30, 0.05, 151],
    [7, 0.01, 0],
    [10, 0.01, 5],
    [15, 0.01, 19],
    [20, 0.01, 43],
    [8, 0.005, 0],
    [10, 0.005, 3],
    [20, 0.005, 37],
  ])('n = %i, alpha = %f: %i', (n, alpha, critical) => {
    expect(signedRankCdf(n).findLastIndex((p) => p <= alpha)).toBe(critical);
  });
});

describe('bounds', () => {
  test("R's wilcox.test(before, after, paired, conf.int): pseudomedian 0.46, 95 % from 0.01 to 0.786", () => {
    const bounds = pairedBounds(DEPRESSION, { lower: 0.025, upper: 0.025 });
    expect(bounds.estimate).toBeCloseTo(0.46, 10);
    expect(bounds.lower).toBeCloseTo(0.01, 10);
    expect(bounds.upper).toBeCloseTo(0.786, 10);
  });

  test('asked for a level between two steps they take the safe one: the smallest value at n = 9, alpha 0.00229', () => {
    const values = [1, 2, 4, 8, 16, 32, 64, 128, 256];
    expect(pairedBounds(values, { lower: 0.00229, upper: 0.004 })).toMatchObject({ lower: 1, upper: 192 });
  });

  test('there are none where 2^-n is above alpha, and the estimate stands alone', () => {
    expect(pairedBounds([1, 2, 3], { lower: 0.01, upper: 0.125 })).toEqual({ estimate: 2, lower: null, upper: 3 });
    expect(pairedBounds([], { lower: 0.1, upper: 0.1 })).toEqual({ estimate: null, lower: null, upper: null });
    expect(pairedBounds([5], { lower: 0.1, upper: 0.5 })).toEqual({ estimate: 5, lower: null, upper: 5 });
  });

  test('equal values give an interval of width zero', () => {
    const zeros = Array<number>(12).fill(0);
    expect(pairedBounds(zeros, { lower: 0.01, upper: 0.05 })).toEqual({ estimate: 0, lower: 0, upper: 0 });
  });

  test('hold the true value as often as promised: 10 % one-sided misses of 9 normal values', () => {
    const random = seeded(7);
    let missed = 0;
    for (let run = 0; run < 4000; run += 1) {
      const { lower } = pairedBounds(
        Array.from({ length: 9 }, () => normal(random)),
        { lower: 0.1, upper: 0.1 },
      );
      if (lower !== null && lower > 0) missed += 1;
    }
    // The exact rate is P(V ≤ 11) = 0.1016 > 0.1, so 10: P(V ≤ 10) = 0.0820.
    expect(missed / 4000).toBeGreaterThan(0.065);
    expect(missed / 4000).toBeLessThan(0.1);
  });
});

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 });
const alphas = fc.double({ min: 0.001, max: 0.4, noNaN: true });

describe('properties', () => {
  test('bounds are the order statistics of all Walsh averages at the exact critical value, ties or not', () => {
    fc.assert(
      fc.property(values, alphas, (sample, alpha) => {
        const { lower, upper } = pairedBounds(sample, { lower: alpha, upper: alpha });
        const critical = signedRankCdf(sample.length).findLastIndex((p) => p <= alpha);
        const walsh = walshAverages(sample);
        if (critical < 0) return lower === null && upper === null;
        expect(lower).toBeCloseTo(walsh[critical] ?? Number.NaN, 8);
        expect(upper).toBeCloseTo(walsh.at(-1 - critical) ?? Number.NaN, 8);
        return true;
      }),
    );
  });

  test('scaling and shifting the values scales and shifts the bounds; changing signs swaps them', () => {
    fc.assert(
      fc.property(values, alphas, fc.integer({ min: 1, max: 50 }), (sample, alpha, factor) => {
        const levels = { lower: alpha, upper: alpha };
        const plain = pairedBounds(sample, levels);
        const scaled = pairedBounds(
          sample.map((x) => x * factor + 3),
          levels,
        );
        const mirrored = pairedBounds(
          sample.map((x) => -x),
          levels,
        );
        expect(scaled.estimate).toBeCloseTo((plain.estimate ?? 0) * factor + 3, 6);
        expect(mirrored.estimate).toBeCloseTo(-(plain.estimate ?? 0), 8);
        if (plain.lower === null || plain.upper === null) return;
        expect(scaled.lower).toBeCloseTo(plain.lower * factor + 3, 6);
        expect(mirrored.lower).toBeCloseTo(-plain.upper, 8);
      }),
    );
  });

  test('a stricter level never gives a narrower interval', () => {
    fc.assert(
      fc.property(values, alphas, (sample, alpha) => {
        const loose = pairedBounds(sample, { lower: alpha, upper: alpha });
        const strict = pairedBounds(sample, { lower: alpha / 3, upper: alpha / 3 });
        if (strict.lower === null || loose.lower === null) return strict.lower === null;
        return strict.lower <= loose.lower + 1e-9 && (strict.upper ?? 0) >= (loose.upper ?? 0) - 1e-9;
      }),
    );
  });
});
