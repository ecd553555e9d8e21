import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkValidity } from '../../src/decide/check-validity.ts';
import type { CheckInput } from '../../src/decide/finding.ts';
import { ratioInput } from './checked-pairs.ts';

/** Costs of 10 to 50 ms in steps of a quarter, so that some repeat; any order; any disturbance. */
const inputs = fc
  .record({
    pairs: fc.array(
      fc.record({
        control: fc.integer({ min: 40, max: 60 }),
        treatment: fc.integer({ min: 40, max: 200 }),
        controlFirst: fc.boolean(),
        disturbedBy: fc.subarray(['CPU pressure', 'memory pressure']),
      }),
      { maxLength: 40 },
    ),
    outcome: fc.constantFrom('fail', 'pass', 'open'),
    limit: fc.double({ min: -0.2, max: 1, noNaN: true }),
  })
  .map(({ pairs, outcome, limit }) =>
    ratioInput(
      pairs.map((pair) => Math.log(pair.treatment) - Math.log(pair.control)),
      { outcome, limit, allowance: Math.max(Math.abs(limit), 0.001) },
      (index) => ({
        ...pairs[index],
        control: (pairs[index]?.control ?? 0) / 4,
        treatment: (pairs[index]?.treatment ?? 0) / 4,
      }),
    ),
  );

/** Treatment and control change places, and so do fail and pass. */
const mirrored = (input: CheckInput): CheckInput => ({
  ...input,
  pairs: input.pairs.map((pair) => ({
    ...pair,
    value: -pair.value,
    control: pair.treatment,
    treatment: pair.control,
    controlFirst: pair.controlFirst === null ? null : !pair.controlFirst,
  })),
  limit: -input.limit,
  outcome: input.outcome === 'open' ? 'open' : input.outcome === 'fail' ? 'pass' : 'fail',
});

describe('properties of all checks together', () => {
  test('the unit of the costs changes no finding of a ratio', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: -8, max: 8 }), (input, exponent) => {
        const scaled = input.pairs.map((pair) => ({
          ...pair,
          control: pair.control * 2 ** exponent,
          treatment: pair.treatment * 2 ** exponent,
        }));
        const strip = (given: CheckInput) =>
          checkValidity(given).map(({ code, widening, hold }) => [code, widening.toFixed(9), hold === null]);
        expect(strip({ ...input, pairs: scaled })).toEqual(strip(input));
      }),
      { numRuns: 200 },
    );
  });

  test('with the arms and the outcome exchanged the findings are the same', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const strip = (given: CheckInput) =>
          checkValidity(given).map(({ code, widening, hold }) => [code, widening.toFixed(9), hold === null]);
        expect(strip(mirrored(input))).toEqual(strip(input));
      }),
      { numRuns: 200 },
    );
  });

  test('the order of the list does not matter: blocks carry their numbers', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plain = checkValidity(input);
        const shuffled = checkValidity({ ...input, pairs: [...input.pairs].reverse() });
        expect(shuffled.map((finding) => finding.code)).toEqual(plain.map((finding) => finding.code));
        for (const [i, finding] of plain.entries()) expect(shuffled[i]?.widening).toBeCloseTo(finding.widening, 9);
      }),
      { numRuns: 200 },
    );
  });

  test('a wider allowance never widens more; widening is never negative; nothing undecided is held back', () => {
    fc.assert(
      fc.property(inputs, fc.double({ min: 1, max: 20, noNaN: true }), (input, factor) => {
        const total = (given: CheckInput) => checkValidity(given).reduce((sum, { widening }) => sum + widening, 0);
        const findings = checkValidity(input);
        expect(findings.every(({ widening }) => widening >= 0)).toBe(true);
        expect(total({ ...input, allowance: input.allowance * factor })).toBeLessThanOrEqual(total(input));
        if (input.outcome === 'open') expect(findings.every(({ hold }) => hold === null)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
