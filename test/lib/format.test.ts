import { describe, expect, it } from 'vitest';
import {
  formatAbsolute,
  formatBytes,
  formatConfidence,
  formatCost,
  formatEstimate,
  formatLimit,
  formatMs,
} from '../../src/lib/format.ts';

it.each([
  [0, '0.00 ms'],
  [0.0421, '42.1 µs'],
  [0.9999, '1.00 ms'],
  [1.31, '1.31 ms'],
  [99.99, '100 ms'],
  [1834, '1830 ms'],
  [12_345, '12.3 s'],
  [-2.5, '-2.50 ms'],
])('%d ms is %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

it.each([
  [0, '0 B'],
  [512, '512 B'],
  [31_457_280, '30.0 MiB'],
  [8 * 2 ** 30, '8.00 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

describe('costs and limits', () => {
  it.each([
    [1.31, 'x', '+31.0%'],
    [1.0004, 'x', '+0.04%'],
    [0.9876, 'x', '−1.24%'],
    [2.5, 'x', '+150%'],
    [4.1, 'x', '4.10x'],
    [182.4, 'ms', '+182 ms'],
    [-0.031, 'ms', '−31.0 µs'],
    [-1_258_291, 'bytes', '−1.20 MiB'],
  ] as const)('%d in %s reads %s', (value, unit, text) => {
    expect(formatCost(value, unit)).toBe(text);
  });

  it.each([
    [1.15, 'x', '+15%'],
    [1.075, 'x', '+7.5%'],
    [4, 'x', '4x'],
    [0.9, 'x', '0.9x'],
    [0.02, 'ms', '+20us'],
    [150, 'ms', '+150ms'],
    [41_943_040, 'bytes', '+40MiB'],
    [2.5, 'ms', '+2.5ms'],
  ] as const)('a limit of %d in %s reads %s', (value, unit, text) => {
    expect(formatLimit(value, unit)).toBe(text);
  });
});

describe('estimates', () => {
  it('has the interval', () => {
    expect(formatEstimate({ estimate: 1.31, lower: 1.27, upper: 1.35, unit: 'x' })).toBe('+31.0% (+27.0% to +35.0%)');
  });
  it('writes both ends alike', () => {
    expect(formatEstimate({ estimate: 0.81, lower: 0.184, upper: 3.63, unit: 'x' })).toBe('0.810x (0.184x to 3.63x)');
  });
  it('says which end is bounded where only one is', () => {
    expect(formatEstimate({ estimate: 1.013, lower: null, upper: 1.486, unit: 'x' })).toBe('+1.30% (at most +48.6%)');
    expect(formatEstimate({ estimate: 1.31, lower: 1.27, upper: null, unit: 'x' })).toBe('+31.0% (at least +27.0%)');
    expect(formatEstimate({ estimate: 3.2, lower: 2.9, upper: null, unit: 'x' })).toBe('3.20x (at least 2.90x)');
    expect(formatEstimate({ estimate: 2, lower: null, upper: 5, unit: 'ms' })).toBe('+2.00 ms (at most +5.00 ms)');
  });
  it('marks an estimate without interval, and says when there is none', () => {
    expect(formatEstimate({ estimate: 8.4, lower: null, upper: null, unit: 'x' })).toBe('~8.40x');
    expect(formatEstimate({ estimate: null, lower: null, upper: null, unit: 'x' })).toBe('not resolved');
  });
});

it('names absolute values by metric', () => {
  expect(formatAbsolute('memory', 1_048_576)).toBe('1.00 MiB');
  expect(formatAbsolute('throughput', 812.4)).toBe('812 /s');
  expect(formatAbsolute('cold_start', 231.2)).toBe('231 ms');
  expect(formatConfidence(0.999)).toBe('99.9%');
});
