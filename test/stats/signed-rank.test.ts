import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signedRankCdf } from '../../src/stats/signed-rank.ts';

describe('the signed-rank distribution', () => {
  // R: psignrank(v, n)
  test.each([
    [8, 10, 0.0244140625],
    [10, 10, 0.0419921875],
    [19, 15, 0.009033203125],
    [37, 20, 0.004717826843],
    [60, 20, 0.0486536026],
    [100, 25, 0.047866731882],
    [151, 30, 0.048050786369],
    [434, 50, 0.0247232034],
  ])('P(V ≤ %i) of %i blocks', (v, n, p) => {
    expect(signedRankCdf(n)[v]).toBeCloseTo(p, 10);
  });

  test('Hollander, Wolfe, Chicken, table A.4: P(V ≥ 13), n = 5 is 0.094; P(V ≥ 25), n = 7 is 0.039', () => {
    expect(1 - (signedRankCdf(5)[12] ?? 0)).toBeCloseTo(0.094, 3);
    expect(1 - (signedRankCdf(7)[24] ?? 0)).toBeCloseTo(0.039, 3);
  });

  test('is symmetric about n(n + 1) ÷ 4, rises, and ends at 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (n) => {
        const cdf = signedRankCdf(n);
        const last = (n * (n + 1)) / 2;
        expect(cdf[last]).toBeCloseTo(1, 12);
        expect(cdf[0]).toBe(2 ** -n);
        for (let v = 0; v < last; v += 1) {
          expect(cdf[v + 1]).toBeGreaterThanOrEqual(cdf[v] ?? 1);
          expect((cdf[v] ?? 0) + (cdf[last - v - 1] ?? 0)).toBeCloseTo(1, 10);
        }
      }),
      { numRuns: 20 },
    );
  });
});
