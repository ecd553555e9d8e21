import { describe, expect, test } from 'vitest';
import { normalUpperQuantile, normalUpperTail, studentCdf, studentQuantile } from '../../src/stats/distributions.ts';

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
    // mpmath, 60 digits: where the library is furthest off
    [0.05, 249, -1.6509961516774647],
    [0.05, 5000, -1.6451584375969714],
  ])('quantile %f of t with %i degrees of freedom: seven', (p, freedom, quantile) => {
    expect(studentQuantile(p, freedom) / quantile).toBeCloseTo(1, 7);
  });

  // R: pt(t, df)
  test.each([
    [-10, 11, 3.69649642e-7],
    [-20, 19, 1.5923814061e-14],
    [-4.062127683382, 9, 0.00283289 / 2],
    [-0.001, 5000, 0.4996010777327141],
  ])('P(T ≤ %f) with %i degrees of freedom: seven', (t, freedom, p) => {
    expect(studentCdf(t, freedom) / p).toBeCloseTo(1, 6);
  });

  // R: qnorm(p). Ten digits at 1e-8, six at 1e-12; at 1e-16 two.
  test.each([
    [0.975, 1.959963984540054, 12],
    [1e-3, -3.090232306167813, 12],
    [1e-6, -4.753424308822899, 11],
    [1e-8, -5.612001244174789, 9],
    [1e-12, -7.034483825, 5],
  ])('quantile %f of the normal distribution', (p, quantile, places) => {
    expect(-normalUpperQuantile(p) / quantile).toBeCloseTo(1, places);
  });

  // R: pnorm(z). Nine digits at −6, five at −7, none from −8 on.
  test.each([
    [-3, 0.001349898031630095, 12],
    [-5, 2.866515718791933e-7, 9],
    [-6, 9.865876450376946e-10, 8],
    [-7, 1.279812543885835e-12, 5],
  ])('P(Z ≤ %f)', (z, p, places) => {
    expect(normalUpperTail(-z) / p).toBeCloseTo(1, places);
  });
});
