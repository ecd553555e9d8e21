import { expect, it } from 'vitest';
import { type Expectations, expectBlocks } from '../../src/decide/expect-blocks.ts';
import type { MeasuredInstance, PilotRound } from '../../src/model/pilot.ts';
import type { DeclaredComparison } from '../../src/model/samples.ts';

const NO_PHASES = { created: null, booted: null, ready: null, first_response: null };
const measured = (latencyMs: number, memoryBytes = 1e8): MeasuredInstance => ({
  status: 'ok',
  metrics: { latency_ms: latencyMs, memory_bytes: memoryBytes },
  phases_ms: NO_PHASES,
  latency_ms: [latencyMs],
});
const round = (control: number, runc: number): PilotRound => ({
  control: measured(control),
  treatments: new Map([['runc', measured(runc)]]),
});

const budget = (percent: number, more: Partial<DeclaredComparison> = {}): DeclaredComparison => ({
  ...{ function: 'f', isolation: 'runc', metric: 'latency', kind: 'budget' },
  limit: { scale: 'ratio', factor: 1 + percent / 100, text: `+${percent}%` },
  ...more,
});
const KNOWN: Expectations = {
  comparisons: [budget(50)],
  looks: { early: [3, 4, 5, 6, 7, 8, 9, 10], alphaFail: 0.01, alphaPass: 0.05 },
  familySize: 1,
  ofRanks: 7,
  hasBase: false,
  failOnBase: false,
  noiseElsewhere: () => ({ scales: [0.03], isCorrelated: false }),
};
const expected = (rounds: PilotRound[], changes: Partial<Expectations> = {}) =>
  expectBlocks(rounds, { ...KNOWN, ...changes }).get('runc');
const ALONE: Partial<Expectations> = { noiseElsewhere: () => ({ scales: [], isCorrelated: false }) };

it('a far limit is expected to be decided by an early look, a near one by the ranks', () => {
  // ln 1.5 is 11 times 1.22 · 3 %.
  expect(expected([round(1000, 1000)])).toBe(4);
  expect(expected([round(1000, 1000)], { comparisons: [budget(30)] })).toBe(5);
  expect(expected([round(1000, 1000)], { comparisons: [budget(12)] })).toBe(7);
  expect(expected([round(1000, 1480)])).toBe(7);
});

it('an isolation that is known from nowhere else waits for the ranks, or for six blocks where the limit is a factor of three away', () => {
  expect(expected([round(1000, 1000)], ALONE)).toBe(7);
  expect(expected([round(1000, 1000)], { ...ALONE, comparisons: [budget(250)] })).toBe(6);
  expect(expected([round(1000, 1000)], { ...ALONE, comparisons: [budget(250)], ofRanks: 5 })).toBe(5);
});

it('rounds that differ among themselves say that there is more noise', () => {
  expect(expected([round(1000, 1000), round(1000, 1020)])).toBe(4);
  expect(expected([round(1000, 1000), round(1000, 1300)])).toBe(7);
});

it('a gross breach is expected from the ratios alone', () => {
  const loud: Partial<Expectations> = { noiseElsewhere: () => ({ scales: [0.6], isCorrelated: false }) };
  // ln 2500 ÷ ln (8 ÷ 1.5) is 4.7, and with twelve comparisons ln 30000 ÷ ln (8 ÷ 1.5) is 6.2.
  expect(expected([round(1000, 8000)], loud)).toBe(5);
  expect(expected([round(1000, 8000)], { ...loud, familySize: 12, ofRanks: 11 })).toBe(7);
});

it('what has no early look waits for the ranks', () => {
  const rounds = [round(1000, 1000)];
  expect(expected(rounds, { looks: { ...KNOWN.looks, early: [] } })).toBe(7);
  expect(expected(rounds, { comparisons: [budget(50, { kind: 'regression' })], ofRanks: 11 })).toBe(11);
  expect(expected(rounds, { noiseElsewhere: () => ({ scales: [0.03], isCorrelated: true }) })).toBe(7);
  expect(expected(rounds, { hasBase: true, ofRanks: 11 })).toBe(8);
  expect(expected([{ control: measured(1000), treatments: new Map() }])).toBe(7);
  expect(expected([])).toBe(7);
});

it('of several comparisons the slowest counts; amounts are held against the cost', () => {
  const memory = budget(0, {
    metric: 'memory',
    limit: { scale: 'difference', amount: 4e7, unit: 'bytes', text: '+40MB' },
  });
  expect(expected([round(1000, 1000)], { comparisons: [memory] })).toBe(4);
  expect(expected([round(1000, 1000)], { comparisons: [memory, budget(12)] })).toBe(7);
  const control = budget(10, { isolation: 'native', metric: 'control', kind: 'regression' });
  expect(expectBlocks([round(1000, 1000)], { ...KNOWN, comparisons: [control, budget(50)] })).toEqual(
    new Map([
      ['native', 7],
      ['runc', 4],
    ]),
  );
});
