import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolutionOf } from '../../src/stats/resolution.ts';
import { normal, seeded } from './support.ts';

test.each([
  ['ticks of 10 ms', [10, 20, 10, 10, 20, 30, 10, 20], 10],
  ['a tenth, rounded differently', [0.1 + 0.2, 0.3, 0.4, 0.7 - 0.3, 0.3, 0.4], 0.1],
  ['one value only', [7, 7, 7, 7], null],
  ['no repetitions', [1, 2, 3, 4, 5, 6], null],
  ['as many repetitions as make half', [1, 2, 3, 1, 2, 3], 1],
  ['fewer', [1, 2, 3, 4, 1, 2], null],
  ['nothing', [], null],
])('%s', (_, values, step) => {
  if (step === null) expect(resolutionOf(values)).toBeNull();
  else expect(resolutionOf(values)).toBeCloseTo(step, 10);
});

test('continuous values have none, whatever their number', () => {
  const random = seeded(2);
  for (let run = 0; run < 2000; run += 1)
    expect(resolutionOf(Array.from({ length: 2 + (run % 60) }, () => 5 + normal(random)))).toBeNull();
});

test('noise of many steps smooths them out', () => {
  const random = seeded(4);
  const rounded = Array.from({ length: 20 }, () => Math.round(100 + 10 * normal(random)));
  expect(resolutionOf(rounded)).toBeNull();
});

test('scales with the values', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 }), (values) => {
      const plain = resolutionOf(values);
      expect(resolutionOf(values.map((value) => value * 4096))).toBe(plain === null ? null : plain * 4096);
    }),
  );
});
