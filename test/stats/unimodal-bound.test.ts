import { describe, expect, test } from 'vitest';
import { unimodalCritical, unimodalP } from '../../src/stats/unimodal-bound.ts';
import { normal, seeded } from './support.ts';

describe('the bound', () => {
  // By integrating the volume in the formula by Monte Carlo (a million points, a t proposal), to about three parts in a thousand.
  test.each([
    [4, 8, 0.01126],
    [4, 5, 0.05108],
    [5, 8, 0.007502],
    [6, 8, 0.00602],
  ])('of %i values beyond %f: %f', (n, t, p) => {
    expect(unimodalP(n, t) / p).toBeCloseTo(1, 1.7);
  });

  // 2(πn)^(n/2) ÷ (n·2ⁿ·Γ(n/2)) times Student's p, which for two degrees of freedom is ½ − t ÷ (2√(t² + 2)).
  test('far out it is Student’s p times a factor: 2.7207 for three values', () => {
    const student = 0.5 - 500 / (2 * Math.sqrt(500 ** 2 + 2));
    expect(unimodalP(3, 500) / student).toBeCloseTo(2.7207, 3);
  });

  test('there is none where t is at most n − 1, and nothing is beyond infinity', () => {
    expect(unimodalP(4, 3)).toBe(1);
    expect(unimodalP(2, 100)).toBe(1);
    expect(unimodalP(4, Number.NaN)).toBe(1);
    expect(unimodalP(4, Number.POSITIVE_INFINITY)).toBe(0);
  });

  test.each([
    ['uniform', () => 1],
    ['heavy-tailed', (random: () => number) => 1 / random()],
    ['with one block much noisier than the others', (_: () => number, block: number) => (block === 0 ? 10 : 1)],
  ])('%s noise is beyond the critical value less often than allowed', (_name, scale) => {
    const random = seeded(3);
    const n = 4;
    const critical = unimodalCritical(n, 0.05);
    let beyond = 0;
    for (let run = 0; run < 20_000; run += 1) {
      const values = Array.from({ length: n }, (_, block) => scale(random, block) * (2 * random() - 1));
      const mean = values.reduce((sum, value) => sum + value, 0) / n;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
      if ((mean * Math.sqrt(n)) / Math.sqrt(variance) > critical) beyond += 1;
    }
    // Two errors of 20 000 runs are 0.3 points.
    expect(beyond / 20_000).toBeLessThan(0.053);
    expect(beyond).toBeGreaterThan(0);
  });
});

describe('critical values', () => {
  // As computed independently with exact rational coefficients.
  test.each([
    [3, 0.0025, 23.36],
    [4, 0.05, 5.03],
    [4, 0.0005, 22.21],
    [5, 0.0005, 15.44],
    [6, 0.0005, 12.88],
    [8, 0.0005, 11.1],
    [10, 0.0005, 10.68],
    [10, 0.0025, 9.1],
  ])('of %i values at the level %f: %f', (n, level, t) => {
    expect(unimodalCritical(n, level)).toBeCloseTo(t, 1.99);
  });

  test('none at a level of nothing', () => {
    expect(unimodalCritical(4, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

test('normal noise, too', () => {
  const random = seeded(9);
  const critical = unimodalCritical(5, 0.01);
  let beyond = 0;
  for (let run = 0; run < 20_000; run += 1) {
    const values = Array.from({ length: 5 }, () => normal(random));
    const mean = values.reduce((sum, value) => sum + value, 0) / 5;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4;
    if ((mean * Math.sqrt(5)) / Math.sqrt(variance) > critical) beyond += 1;
  }
  // Student's p at 7.48 with 4 degrees of freedom is 0.00086: 17 of 20 000.
  expect(beyond).toBeGreaterThan(5);
  expect(beyond).toBeLessThan(35);
});
