import { expect, test } from 'vitest';
import { parseLimit } from '../../src/config/limits.ts';
import type { Metric } from '../../src/model/metrics.ts';

test.each([
  ['1.15x', 'latency', { scale: 'ratio', factor: 1.15 }],
  ['0.9x', 'latency', { scale: 'ratio', factor: 0.9 }],
  ['+15%', 'cold_start', { scale: 'ratio', factor: 1.15 }],
  ['+7%', 'throughput', { scale: 'ratio', factor: 1.07 }],
  ['+0%', 'memory', { scale: 'ratio', factor: 1 }],
  ['+12.5%', 'control', { scale: 'ratio', factor: 1.125 }],
  ['+30ms', 'latency_p99', { scale: 'difference', amount: 30, unit: 'ms' }],
  ['+20us', 'cpu', { scale: 'difference', amount: 0.02, unit: 'ms' }],
  ['+2s', 'cold_start', { scale: 'difference', amount: 2000, unit: 'ms' }],
  ['+40MB', 'memory', { scale: 'difference', amount: 40_000_000, unit: 'bytes' }],
  ['+40MiB', 'memory', { scale: 'difference', amount: 41_943_040, unit: 'bytes' }],
  ['+3KB', 'memory', { scale: 'difference', amount: 3000, unit: 'bytes' }],
  ['+3KiB', 'memory', { scale: 'difference', amount: 3072, unit: 'bytes' }],
  ['+1GB', 'memory', { scale: 'difference', amount: 1_000_000_000, unit: 'bytes' }],
  ['+1.5GiB', 'memory', { scale: 'difference', amount: 1_610_612_736, unit: 'bytes' }],
])('%s of %s', (text, metric, limit) => {
  expect(parseLimit(text, metric as Metric | 'control')).toEqual({ ...limit, text });
});

const TIME = 'accepted: 1.15x, +15%, +20us, +30ms or +2s';
const BYTES = 'accepted: 1.15x, +15%, +40MB or +40MiB (also KB, GB, KiB, GiB)';
const RATIO = 'accepted: 1.15x or +15%';
const NEGATIVE = 'a limit is the largest overhead allowed, so it is never negative';

test.each([
  ['15%', 'latency', `"15%": the sign is missing; ${TIME}`],
  ['30ms', 'latency', `"30ms": the sign is missing; ${TIME}`],
  ['40MiB', 'memory', `"40MiB": the sign is missing; ${BYTES}`],
  ['-5%', 'latency', `"-5%": ${NEGATIVE} (to demand less than the control, write 0.95x); ${TIME}`],
  ['-5ms', 'latency', `"-5ms": ${NEGATIVE}; ${TIME}`],
  ['+40', 'memory', `"+40": the unit is missing; ${BYTES}`],
  ['1.15', 'latency', `"1.15": the unit is missing; ${TIME}`],
  ['+1.15x', 'latency', `"+1.15x": a factor (x) takes no sign; ${TIME}`],
  ['0x', 'latency', `"0x": a factor must be above 0; ${TIME}`],
  ['0.00x', 'throughput', `"0.00x": a factor must be above 0; ${RATIO}`],
  ['+40MB', 'cold_start', `"+40MB": the unit MB does not fit; ${TIME}`],
  ['+30ms', 'memory', `"+30ms": the unit ms does not fit; ${BYTES}`],
  ['+30ms', 'throughput', `"+30ms": the unit ms does not fit; ${RATIO}`],
  ['+1MB', 'control', `"+1MB": the unit MB does not fit; ${RATIO}`],
  ['+30min', 'latency', `"+30min": unknown unit "min"; ${TIME}`],
  ['+40mb', 'memory', `"+40mb": unknown unit "mb"; ${BYTES}`],
  ['+1e3ms', 'latency', `"+1e3ms": unknown unit "e3ms"; ${TIME}`],
  ['+ 15%', 'latency', `"+ 15%": not a limit; ${TIME}`],
  ['fast', 'latency', `"fast": not a limit; ${TIME}`],
  ['', 'latency', `"": not a limit; ${TIME}`],
  ['+15%\n', 'latency', String.raw`"+15%\n": not a limit; ${TIME}`],
  ['+1constructor', 'latency', `"+1constructor": unknown unit "constructor"; ${TIME}`],
])('%j of %s is refused', (text, metric, message) => {
  expect(() => parseLimit(text, metric as Metric)).toThrow(expect.objectContaining({ name: 'BadInputError', message }));
});
