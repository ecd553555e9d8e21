import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitModes } from '../../src/stats/split-modes.ts';
import { normal, seeded } from './support.ts';

const LOW = [100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.9];
const HIGH = [120, 121, 119.5, 120.4];
const random = seeded(11);
const studentT3 = () =>
  normal(random) / Math.sqrt((normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2) / 3);

/** On the scale of the logarithms. */
const FAMILIES: [string, () => number][] = [
  ['normal', () => normal(random)],
  ['uniform', random],
  ['t3', studentT3],
  ['exponential', () => -Math.log(1 - random())],
  ['lognormal', () => Math.exp(normal(random))],
];
const rateOf = (runs: number, n: number, draw: () => number): number => {
  let found = 0;
  for (let run = 0; run < runs; run += 1)
    if (splitModes(Array.from({ length: n }, () => Math.exp(draw()))) !== null) found += 1;
  return found / runs;
};

describe('two modes', () => {
  test('are found with their medians and the share of the higher', () => {
    expect(splitModes([...LOW, 100.3, ...HIGH.slice(0, 3)])).not.toBeNull();
    expect(splitModes([...LOW, ...HIGH])).toEqual({ low: 100.1, high: 120.2, highShare: 4 / 12 });
  });

  test('and beside an outlier, from twenty values on', () => {
    const split = splitModes([...LOW, ...LOW.map((cost) => cost + 0.1), ...HIGH, 120.1, 900]);
    expect(split).toMatchObject({ low: 100.15, high: 120.25 });
    expect(split?.highShare).toBeCloseTo(6 / 22, 12);
  });

  test.each([
    ['fewer than ten values', [...LOW.slice(0, 5), ...HIGH]],
    ['a smaller group of two', [...LOW, ...LOW, ...HIGH.slice(0, 2)]],
    ['a smaller group of two that is over 15 %', [...LOW, 100.3, 99.9, ...HIGH.slice(0, 2)]],
    ['less than 15 %', [...LOW, ...LOW, ...LOW, ...HIGH.slice(0, 3)]],
    ['less than 3 % apart', [...LOW.map((cost) => 100 + (cost - 100) / 50), ...HIGH.map((cost) => cost / 1.17)]],
    ['equal values', Array<number>(20).fill(7)],
    ['two steps of a coarse clock', [...Array<number>(10).fill(10), ...Array<number>(10).fill(20)]],
    ['a cost of zero', [...LOW, ...HIGH, 0]],
    ['no values', []],
  ])('not: %s', (_, costs) => {
    expect(splitModes(costs)).toBeNull();
  });

  test('two levels that repeat exactly and are no ticks', () => {
    expect(splitModes([...Array<number>(8).fill(21), ...Array<number>(4).fill(300)])).toMatchObject({
      low: 21,
      high: 300,
    });
  });

  test('two levels that repeat exactly but are many steps apart', () => {
    expect(splitModes([...Array<number>(8).fill(10), 11, 11, ...Array<number>(8).fill(40)])).toEqual({
      low: 10,
      high: 40,
      highShare: 8 / 18,
    });
  });
});

describe('how often modes are seen', () => {
  // The rates are 0 to 0.7 %; lognormal with 20 values has 1.0 %.
  test.each(FAMILIES.flatMap(([name, draw]) => [10, 15, 20, 30, 60].map((n) => [name, n, draw] as const)))(
    'where there is one: under 1 % (%s, %i values)',
    (_, n, draw) => {
      expect(rateOf(1500, n, draw)).toBeLessThan(0.015);
    },
  );

  test('over all of these under 1 %', () => {
    const rates = FAMILIES.flatMap(([, draw]) => [12, 25, 45].map((n) => rateOf(800, n, draw)));
    expect(rates.reduce((a, b) => a + b, 0) / rates.length).toBeLessThan(0.01);
  });

  test.each([
    [12, 15, 0.7],
    [20, 8, 0.75],
    [30, 6, 0.7],
    [60, 6, 0.95],
  ])('where there are two, of %i values, %i standard deviations apart', (n, apart, atLeast) => {
    expect(rateOf(400, n, () => 0.02 * (normal(random) + (random() < 0.4 ? apart : 0)))).toBeGreaterThan(atLeast);
  });
});

test('the unit and the order of the costs do not matter', () => {
  const costs = fc.array(fc.constantFrom(...LOW, ...HIGH), { minLength: 10, maxLength: 30 });
  fc.assert(
    fc.property(costs, fc.integer({ min: -6, max: 6 }), (sample, exponent) => {
      const plain = splitModes(sample);
      const scaled = splitModes(sample.map((cost) => cost * 2 ** exponent).reverse());
      expect(scaled).toEqual(
        plain && { low: plain.low * 2 ** exponent, high: plain.high * 2 ** exponent, highShare: plain.highShare },
      );
    }),
  );
});
