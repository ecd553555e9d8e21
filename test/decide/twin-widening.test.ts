import { expect, test } from 'vitest';
import { twinWidening } from '../../src/decide/control-noise.ts';

test('only a shift that is certain and above a quarter of the allowance counts', () => {
  expect(twinWidening({ estimate: 0.03, lower: 0.02, upper: 0.04 }, 0.1)).toBe(0.03);
  expect(twinWidening({ estimate: -0.03, lower: -0.04, upper: -0.02 }, 0.1)).toBe(0.03);
  expect(twinWidening({ estimate: 0.02, lower: 0.01, upper: 0.03 }, 0.1)).toBe(0);
  expect(twinWidening({ estimate: 0.03, lower: -0.01, upper: 0.07 }, 0.1)).toBe(0);
  expect(twinWidening({ estimate: 0.03, lower: null, upper: null }, 0.1)).toBe(0);
});
