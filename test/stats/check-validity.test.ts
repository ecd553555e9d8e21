import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkValidity } from '../../src/stats/check-validity.ts';
import type { CheckInput } from '../../src/stats/finding.ts';
import { costInput, ratioInput } from './checked-pairs.ts';
import { normal, seeded } from './support.ts';

const codes = (input: CheckInput) => checkValidity(input).map((finding) => finding.code);

/** Any costs between 1 and 100, in quarters so that some repeat; any order; any disturbance. */
const inputs = fc
  .record({
    pairs: fc.array(
      fc.record({
        control: fc.integer({ min: 40, max: 60 }),
        treatment: fc.integer({ min: 40, max: 200 }),
        controlFirst: fc.boolean(),
        disturbed: fc.boolean(),
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

describe('all checks', () => {
  test('a sound run has no findings', () => {
    const values = [0.02, 0.021, 0.019, 0.0205, 0.0195, 0.0202, 0.0198, 0.0207, 0.0193, 0.02, 0.0201, 0.0199];
    expect(checkValidity(ratioInput(values, { outcome: 'pass' }))).toEqual([]);
    expect(checkValidity(ratioInput([]))).toEqual([]);
    expect(checkValidity(ratioInput([0.02], { outcome: 'fail' }))).toEqual([]);
  });

  test('each finding of a run that has several', () => {
    // Ascending, in turns, and disturbed in most blocks.
    const values = Array.from({ length: 24 }, (_, i) => 0.06 * (i % 2) + 0.004 * i);
    expect(codes(ratioInput(values, {}, (index) => ({ disturbed: index > 4 })))).toEqual([
      'order-interaction',
      'drift',
      'disturbed-host',
    ]);
  });

  test('coarse, in two modes, and not seen by the mean', () => {
    // CPU time in ticks of 10 ms on the control; one instance in five of gvisor takes ten times as long.
    const costs = Array.from({ length: 20 }, (_, i): [number, number] => [
      i % 3 === 0 ? 20 : 10,
      i % 5 === 4 ? 300 : 21,
    ]);
    const found = codes(costInput(costs, { outcome: 'pass', limit: 19, allowance: 19, alpha: 0.01 }));
    expect(found).toEqual(['coarse-values', 'bimodal', 'student-disagrees']);
  });

  test('on normal values with a fair limit hardly anything is found: at most 3 runs in 100', () => {
    const random = seeded(21);
    let found = 0;
    for (let run = 0; run < 1000; run += 1) {
      const values = Array.from({ length: 20 }, () => 0.02 * normal(random));
      const controls = values.map(() => 10 * Math.exp(0.03 * normal(random)));
      const input = ratioInput(values, { allowance: 0.001, alpha: 0.05, limit: 0.05, outcome: 'pass' }, (i) => ({
        control: controls[i] ?? 0,
        treatment: (controls[i] ?? 0) * Math.exp(values[i] ?? 0),
      }));
      if (codes(input).length > 0) found += 1;
    }
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(30);
  });
});

describe('properties', () => {
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
