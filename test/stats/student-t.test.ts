import { jStat } from 'jstat';
import { describe, expect, test } from 'vitest';
import { studentOutcome, studentT } from '../../src/stats/student-t.ts';
import { normal, seeded } from './support.ts';

/** Extra sleep by two drugs, Student (1908): R's `sleep`, group 1 less group 2. */
const SLEEP = [-1.2, -2.4, -1.3, -1.3, 0, -1, -1.8, -0.8, -4.6, -1.4];

describe("Student's t", () => {
  test("R's t.test(sleep, paired): t = −4.0621, df 9, p = 0.002833, mean −1.58, 95 % from −2.4599 to −0.7001", () => {
    const sleep = studentT(SLEEP, 0.025, 0);
    expect(sleep?.mean).toBeCloseTo(-1.58, 12);
    expect(sleep?.lower).toBeCloseTo(-2.4598858, 6);
    expect(sleep?.upper).toBeCloseTo(-0.7001142, 6);
    expect(sleep?.pBelow).toBeCloseTo(0.00283289 / 2, 8);
    expect(sleep?.pAbove).toBeCloseTo(1 - 0.00283289 / 2, 7);
  });

  test('the outcome by its bounds: above, below, neither', () => {
    const sleep = studentT(SLEEP, 0.01, 0);
    expect(sleep).not.toBeNull();
    if (sleep === null) return;
    expect([sleep.lower, sleep.upper].map((bound) => Number(bound.toFixed(4)))).toEqual([-2.6774, -0.4826]);
    expect(studentOutcome(sleep, -2.68)).toBe('fail');
    expect(studentOutcome(sleep, -0.48)).toBe('pass');
    expect(studentOutcome(sleep, -1)).toBe('open');
  });

  test('constant values have no width; fewer than two say nothing', () => {
    expect(studentT([3, 3, 3], 0.01, 2)).toEqual({ mean: 3, lower: 3, upper: 3, pAbove: 0, pBelow: 1 });
    expect(studentT([3, 3, 3], 0.01, 3)).toEqual({ mean: 3, lower: 3, upper: 3, pAbove: 1, pBelow: 1 });
    expect(studentT([3], 0.01, 2)).toBeNull();
    // At the limit is neither above nor below it.
    expect(studentOutcome({ mean: 3, lower: 3, upper: 3, pAbove: 1, pBelow: 1 }, 3)).toBe('open');
  });

  test('misses normal values as often as it says', () => {
    const random = seeded(3);
    let missed = 0;
    for (let run = 0; run < 4000; run += 1)
      if (
        (studentT(
          Array.from({ length: 8 }, () => normal(random)),
          0.05,
          0,
        )?.lower ?? 0) > 0
      )
        missed += 1;
    expect(missed / 4000).toBeGreaterThan(0.038);
    expect(missed / 4000).toBeLessThan(0.062);
  });
});

describe('the digits that the library holds', () => {
  // R: qt(p, df)
  test.each([
    [0.975, 9, 2.262157162798205],
    [0.995, 4, 4.604094871349992],
    [0.9995, 20, 3.8495162749308744],
    [1e-6, 11, -9.0432759212],
    [1e-10, 11, -21.91464331],
    [1e-20, 11, -179.5960584],
    [1e-20, 19, -43.147101227],
  ])('quantile %f of t with %i degrees of freedom: seven', (p, freedom, quantile) => {
    expect(jStat.studentt.inv(p, freedom) / quantile).toBeCloseTo(1, 7);
  });

  // R: pt(t, df)
  test.each([
    [-10, 11, 3.69649642e-7],
    [-20, 19, 1.5923814061e-14],
    [-4.062127683382, 9, 0.00283289 / 2],
  ])('P(T ≤ %f) with %i degrees of freedom: seven', (t, freedom, p) => {
    expect(jStat.studentt.cdf(t, freedom) / p).toBeCloseTo(1, 6);
  });

  // R: qnorm(p). Ten digits at 1e-8, six at 1e-12; at 1e-16 two.
  test.each([
    [0.975, 1.959963984540054, 12],
    [1e-3, -3.090232306167813, 12],
    [1e-6, -4.753424308822899, 11],
    [1e-8, -5.612001244174789, 9],
    [1e-12, -7.034483825, 5],
  ])('quantile %f of the normal distribution', (p, quantile, places) => {
    expect(jStat.normal.inv(p, 0, 1) / quantile).toBeCloseTo(1, places);
  });

  // R: pnorm(z). Nine digits at −6, five at −7, none from −8 on.
  test.each([
    [-3, 0.001349898031630095, 12],
    [-5, 2.866515718791933e-7, 9],
    [-6, 9.865876450376946e-10, 8],
    [-7, 1.279812543885835e-12, 5],
  ])('P(Z ≤ %f)', (z, p, places) => {
    expect(jStat.normal.cdf(z, 0, 1) / p).toBeCloseTo(1, places);
  });
});
