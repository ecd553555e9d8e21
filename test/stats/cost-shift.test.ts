import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costShift } from '../../src/stats/cost-shift.ts';

test('blocks that have both: medians, and the signed-rank bounds of the factor', () => {
  const blocks = [1.05, 1.06, 1.07, 1.08, 1.09, 1.1].map((factor, n) => ({ before: 10 + n, now: (10 + n) * factor }));
  // Of six blocks 95 % two-sided is their range: 2 / 2^6 = 0.031.
  expect(costShift({ blocks: [...blocks, { before: null, now: 5 }, { before: 0, now: 5 }] })).toEqual({
    before: 12.5,
    now: expect.closeTo((12 * 1.07 + 13 * 1.08) / 2, 9),
    estimate: expect.closeTo(1.075, 3),
    lower: expect.closeTo(1.05, 9),
    upper: expect.closeTo(1.1, 9),
  });
});

test('two runs: the Mann–Whitney bounds of the factor', () => {
  // Of four and four values 95 % two-sided is the extreme difference: 1 / C(8, 4) = 0.014.
  const shift = costShift({ before: [8, 8, 10, 10], now: [16, 16, 20, 20] });
  expect(shift).toEqual({
    before: 9,
    now: 18,
    estimate: expect.closeTo(2, 9),
    lower: expect.closeTo(1.6, 9),
    upper: expect.closeTo(2.5, 9),
  });
});

test('too few blocks have no bounds, and none no shift', () => {
  expect(costShift({ blocks: [{ before: 10, now: 11 }] })).toEqual({
    before: 10,
    now: 11,
    estimate: expect.closeTo(1.1, 9),
    lower: null,
    upper: null,
  });
  expect(costShift({ blocks: [] })).toBeNull();
  expect(costShift({ before: [], now: [1] })).toBeNull();
  expect(costShift({ before: [0], now: [1] })).toBeNull();
});

test('the unit does not matter', () => {
  const cost = fc.double({ min: 0.1, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cost, cost), { minLength: 6, maxLength: 20 }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (pairs, unit) => {
        const of = (factor: number) =>
          costShift({ blocks: pairs.map(([before, now]) => ({ before: before * factor, now: now * factor })) });
        expect(of(unit)?.estimate).toBeCloseTo(of(1)?.estimate ?? Number.NaN, 6);
      },
    ),
    { seed: 1, numRuns: 50 },
  );
});
