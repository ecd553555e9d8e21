import { expect, it } from 'vitest';
import { readSeries } from '../../src/measure/read-series.ts';

const flat = (count: number, ms: number): number[] =>
  Array.from({ length: count }, (_, index) => ms * (index % 2 ? 1.01 : 0.99));
const warmingUp = (count: number, ms: number): number[] => [3 * ms, 3 * ms, 3 * ms, ...flat(count - 3, ms)];

it('the longest warm-up over the arms counts, and variances are taken after it', () => {
  const { warmUp, components } = readSeries(
    [flat(20, 10), flat(20, 10)],
    [
      [warmingUp(20, 12), warmingUp(20, 12)],
      [flat(20, 9), flat(20, 9)],
    ],
  );
  expect(warmUp).toBe(3);
  expect(components?.within).toBeCloseTo(2 * 1.0607e-4, 6);
  expect(components?.between).toBeLessThan(0);
});

it('an instance that failed leaves its round out, of the variances alone', () => {
  expect(readSeries([flat(20, 10), null], [[null, warmingUp(20, 12)]])).toEqual({ warmUp: 3, components: null });
});

it('no series, no findings', () => {
  expect(readSeries([], [])).toEqual({ warmUp: 0, components: null });
});
