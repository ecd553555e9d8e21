import { expect, test } from 'vitest';
import { type ControlDrift, controlDriftWarnings, holdPassesOfSlowControl } from '../../src/decide/control-drift.ts';
import type { ComparisonVerdict } from '../../src/model/verdict.ts';

const drift: ControlDrift = {
  function: 'f',
  metric: 'latency',
  control: 'native',
  than: 'the base',
  estimate: 1.2,
  lower: 1.15,
  proven: 1.15,
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

test('a slower control has one warning, which names the budget that is met only because of it: 1.05 × 1.2 > 1.1', () => {
  expect(controlDriftWarnings([drift], [passed])).toEqual([
    {
      code: 'budget-met-by-slower-control',
      message:
        'f: the control native costs more than on the base (latency by 20.0%), and only because of that gvisor meets its latency budget',
    },
  ]);
});

test('several metrics and budgets of one function are one sentence, and other functions have their own', () => {
  const cpu: ControlDrift = { ...drift, metric: 'cpu', estimate: 1.5 };
  const budgets: ComparisonVerdict[] = [passed, { ...passed, isolation: 'runc' }, { ...passed, metric: 'cpu' }];
  expect(controlDriftWarnings([drift, cpu, { ...drift, function: 'g' }], budgets)).toEqual([
    {
      code: 'budget-met-by-slower-control',
      message:
        'f: the control native costs more than on the base (latency by 20.0%, CPU time by 50.0%), and only because of that gvisor meets its latency budget, runc its latency budget, gvisor its CPU time budget',
    },
    {
      code: 'control-slower',
      message:
        'g: the control native costs more than on the base (latency by 20.0%), so overheads look smaller than they are',
    },
  ]);
});

test('throughput reads as slower, not as more', () => {
  const [warning] = controlDriftWarnings([{ ...drift, metric: 'throughput', estimate: 2.753 }], []);
  expect(warning?.message).toBe(
    'f: the control native costs more than on the base (throughput, the time of an invocation, by 175%), so overheads look smaller than they are',
  );
});

test('a budget that would be met anyway is not named; in milliseconds the control counts by its change', () => {
  expect(codes([drift], [{ ...passed, limit: 1.3 }])).toEqual(['control-slower']);
  const inMs: ComparisonVerdict = { ...passed, scale: 'difference', unit: 'ms', estimate: 3, limit: 4 };
  expect(codes([drift], [inMs])).toEqual(['budget-met-by-slower-control']);
  expect(codes([drift], [{ ...inMs, limit: 6 }])).toEqual(['control-slower']);
});

test('an uncertain or trifling change says nothing', () => {
  expect(codes([{ ...drift, lower: 0.99 }], [passed])).toEqual([]);
  expect(codes([{ ...drift, estimate: 1.01, lower: 1.005 }], [passed])).toEqual([]);
});

const held = (drifts: ControlDrift[], comparisons: ComparisonVerdict[]) =>
  holdPassesOfSlowControl(comparisons, drifts).map(({ verdict, heldBy }) => [verdict, heldBy]);

test('a pass that rests on the slower control is held back, as far as that is proven: 1.05 × 1.15 > 1.1', () => {
  const [one] = holdPassesOfSlowControl([{ ...passed, reason: 'below the limit' }], [drift]);
  expect(one).toMatchObject({ verdict: 'not-measured', gated: true, heldBy: 'budget-met-by-slower-control' });
  expect(one?.reason).toBe(
    'below the limit, but only because the control native costs more than on the base (latency by 20.0%): against that one it would be at least +20.8%. If the function is meant to do more, set regression: { control: +N% } to what it may grow by',
  );
  // By the estimate it would be 1.26, but only 1.2075 is proven.
  expect(held([drift], [{ ...passed, limit: 1.23 }])).toEqual([['pass', undefined]]);
  expect(held([{ ...drift, proven: 0.99 }], [passed])).toEqual([['pass', undefined]]);
});

test('nothing else is held back: other metrics and functions, what failed, what is not gated, growth', () => {
  const { gated: _, ...ungated } = passed;
  for (const other of [
    { ...passed, metric: 'memory' },
    { ...passed, function: 'g' },
    { ...passed, verdict: 'fail' },
    { ...ungated, gated: false, cause: 'emulated' },
    { ...passed, kind: 'regression' },
  ] satisfies ComparisonVerdict[])
    expect(held([drift], [other])[0]?.[1]).toBeUndefined();
});

test('a limit of the control’s own growth that is kept allows it, for warm calls', () => {
  const growth: ComparisonVerdict = { ...passed, isolation: 'native', metric: 'control', kind: 'regression' };
  expect(held([drift], [passed, growth])[0]).toEqual(['pass', undefined]);
  expect(held([drift], [passed, { ...growth, verdict: 'inconclusive' }])[0]?.[0]).toBe('not-measured');
  const memory = { ...passed, metric: 'memory' as const };
  const [one] = holdPassesOfSlowControl([memory, growth], [{ ...drift, metric: 'memory' }]);
  expect(one?.verdict).toBe('not-measured');
  expect(one?.reason).toMatch(/waive the limit until the base has this change$/);
  const [stored] = holdPassesOfSlowControl([passed], [{ ...drift, than: 'the stored baseline' }]);
  expect(stored?.reason).toMatch(/accept this run as the baseline \(isogate baseline accept\)$/);
});

test('amounts: 3 ms over a control of 12 ms are 4.57 ms over one of 10.4 ms', () => {
  const inMs: ComparisonVerdict = { ...passed, scale: 'difference', unit: 'ms', estimate: 3 };
  expect(held([drift], [{ ...inMs, limit: 4.5 }])[0]?.[0]).toBe('not-measured');
  expect(held([drift], [{ ...inMs, limit: 4.6 }])[0]?.[0]).toBe('pass');
});
