/** A growth below the minimum effect is no regression, whatever the limit says. */
import { expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { flooredLimit } from '../../src/decide/limit-scale.ts';
import type { Limit } from '../../src/model/metrics.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

const FLOOR = { ratio: 1.01, timeMs: 0.02, memoryBytes: 2 ** 18 };

test.each([
  ['latency', 'ratio', 100, Math.log(1.01)],
  ['latency', 'ratio', 0.1, Math.log(1.2)],
  ['latency', 'difference', 100, 1],
  ['latency', 'difference', 0.1, 0.02],
  ['memory', 'difference', 2 ** 20, 2 ** 18],
  ['memory', 'ratio', 2 ** 30, Math.log(1.01)],
  ['control', 'ratio', 0.2, Math.log(1.1)],
] as const)('minimum effect of %s on the scale %s at %f: %f', (metric, scale, level, floor) => {
  const unit: 'ms' | 'bytes' = metric === 'memory' ? 'bytes' : 'ms';
  const limit: Limit = scale === 'ratio' ? { scale, factor: 1, text: '1x' } : { scale, amount: 0, unit, text: '+0ms' };
  const declared = { function: 'f', isolation: 'runc', kind: 'regression', metric, limit } as const;
  const found = flooredLimit(declared, [level], { ...configOf({}), regressionFloor: FLOOR });
  expect(found).toEqual({ limit: expect.closeTo(floor, 9), isFloor: true });
});

/** A call of 100 µs whose overhead grew by 10 %: 10 µs. */
const grown = (ms: number) => {
  const random = seeded(4);
  const cost = (factor: number) => ({ latency_ms: ms * factor * Math.exp(0.002 * normal(random)) });
  return Array.from({ length: 25 }, (_, block) => [
    instance(block, 'control', cost(1)),
    instance(block, 'treatment', cost(1.1)),
    instance(block, 'control', cost(1), { revision: 'base' }),
    instance(block, 'treatment', cost(1), { revision: 'base' }),
  ]).flat() as InstanceRecord[];
};
const growth = (ms: number, regression: object) =>
  decide(samplesOf(grown(ms)), configOf({ regression })).comparisons[0];

test('10 % of 100 µs is no regression against +5 %, and the reason says why', () => {
  const comparison = growth(0.1, { latency: '+5%' });
  expect(comparison).toMatchObject({ verdict: 'pass', gated: true });
  expect(comparison?.reason).toContain('is below the minimum effect of regressions, +18');
  expect(comparison?.reason).toContain('(the limit is +5%)');
});

test('10 % of 10 ms is one, and so is 10 % of 100 µs where the floor is off', () => {
  expect(growth(10, { latency: '+5%' })?.verdict).toBe('fail');
  expect(growth(0.1, { latency: '+5%', floor: { time: '+0us' } })?.verdict).toBe('fail');
});
