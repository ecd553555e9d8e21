import { expect, test } from 'vitest';
import { type ControlDrift, controlDriftWarnings } from '../../src/decide/control-drift.ts';
import type { ComparisonVerdict } from '../../src/model/verdict.ts';

const drift: ControlDrift = {
  function: 'f',
  metric: 'latency',
  control: 'native',
  than: 'the base',
  estimate: 1.2,
  lower: 1.15,
  nowMedian: 12,
  thenMedian: 10,
};
const passed: ComparisonVerdict = {
  function: 'f',
  isolation: 'gvisor',
  metric: 'latency',
  kind: 'budget',
  gated: true,
  scale: 'ratio',
  unit: 'x',
  estimate: 1.05,
  lower: 1.03,
  upper: 1.07,
  limit: 1.1,
  confidence: 0.95,
  verdict: 'pass',
  blocks: 12,
  smallestProvable: 0.02,
  emulated: false,
  reason: '',
};
const codes = (drifts: ControlDrift[], comparisons: ComparisonVerdict[]) =>
  controlDriftWarnings(drifts, comparisons).map(({ code }) => code);

test('a slower control is a headline, and names the budget that is met only because of it: 1.05 × 1.2 > 1.1', () => {
  expect(controlDriftWarnings([drift], [passed])).toEqual([
    {
      code: 'control-slower',
      message:
        'f: latency of the control native is 20.0% above that of the base, so overheads look smaller than they are',
    },
    {
      code: 'budget-met-by-slower-control',
      message: 'f: gvisor meets its latency budget only because the control native got 20.0% slower',
    },
  ]);
});

test('throughput reads as slower, not as more', () => {
  const [warning] = controlDriftWarnings([{ ...drift, metric: 'throughput', estimate: 2.753 }], []);
  expect(warning?.message).toBe(
    'f: an invocation of the control native takes 175% longer than on the base (throughput), so overheads look smaller than they are',
  );
});

test('a budget that would be met anyway is not named; in milliseconds the control counts by its change', () => {
  expect(codes([drift], [{ ...passed, limit: 1.3 }])).toEqual(['control-slower']);
  const inMs: ComparisonVerdict = { ...passed, scale: 'difference', unit: 'ms', estimate: 3, limit: 4 };
  expect(codes([drift], [inMs])).toEqual(['control-slower', 'budget-met-by-slower-control']);
  expect(codes([drift], [{ ...inMs, limit: 6 }])).toEqual(['control-slower']);
});

test('an uncertain or trifling change says nothing', () => {
  expect(codes([{ ...drift, lower: 0.99 }], [passed])).toEqual([]);
  expect(codes([{ ...drift, estimate: 1.01, lower: 1.005 }], [passed])).toEqual([]);
});
