import { expect, test } from 'vitest';
import { conditionalPower } from '../../src/stats/group-sequential.ts';

test('half way and at the limit, 0.01: (2.3263 − 0 − 2.3264·0.5) ÷ √0.5 = 1.6449, so 0.05', () => {
  expect(conditionalPower({ p: 0.5, t: 0.5, level: 0.01 })).toBeCloseTo(0.05, 2);
});

test('at the end it is decided', () => {
  expect(conditionalPower({ p: 0.009, t: 1, level: 0.01 })).toBe(1);
  expect(conditionalPower({ p: 0.011, t: 1, level: 0.01 })).toBe(0);
});

test('grows with the evidence and with the time that is left', () => {
  const at = (p: number, t: number) => conditionalPower({ p, t, level: 0.01 });
  expect(at(0.1, 0.5)).toBeGreaterThan(at(0.3, 0.5));
  expect(at(0.5, 0.3)).toBeGreaterThan(at(0.5, 0.6));
  expect(at(0.99, 0.8)).toBeLessThan(0.001);
});
