/** What is wrong with the blocks may hold a verdict back; it hides no large excess, and a fail that is held back is not green. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { chooseExitCode } from '../../src/decide/run-verdict.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';
import { blocks, configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

const config = latency('+5%');
/** Block by block the treatment costs so many times the control, with 1 % noise. */
const costing = (factorOf: (block: number) => number, count = 60) => {
  const random = seeded(2);
  const cost = (factor: number) => ({ latency_ms: 100 * factor * Math.exp(0.01 * normal(random)) });
  return Array.from({ length: count }, (_, block) => [
    instance(block, 'control', cost(1), { position: block % 2 }),
    instance(block, 'treatment', cost(factorOf(block)), { position: 1 - (block % 2) }),
  ]).flat() as InstanceRecord[];
};
const decided = (records: InstanceRecord[]) => {
  const { verdict, comparisons } = decide(samplesOf(records), config);
  return { verdict, code: chooseExitCode(verdict, ['fail', 'not-measured']), first: comparisons[0] };
};

describe('a large excess that varies in time is red', () => {
  test.each([
    ['a wave from +20 % to +180 %', (block: number) => 2 + 0.8 * Math.sin(block / 5)],
    ['a drift from +5 % to +300 %', (block: number) => 1.08 + block / 20],
    ['a step to 2x after five blocks', (block: number) => (block < 5 ? 1 : 2)],
  ])('%s', (_name, factorOf) => {
    expect(decided(costing(factorOf)).verdict).toBe('fail');
  });
});

test('an excess that the first fifth of the blocks do not have is not called, and not green', () => {
  const { verdict, code, first } = decided(costing((block) => (block < 12 ? 1.04 : 1.5)));
  expect([verdict, code]).toEqual(['not-measured', 3]);
  expect(first?.reason).toMatch(/^the cost seems to be above the limit \+5% over \d+ blocks, but that is not proven: /);
});

test('a pass that is held back is inconclusive: every third instance of the treatment takes three times as long', () => {
  const { verdict, first } = decided(costing((block) => (block % 3 === 0 ? 3 : 1)));
  expect(verdict).toBe('inconclusive');
  expect(first?.modes?.map(({ arm }) => arm)).toEqual(['runc']);
  expect(first?.modes?.[0]?.high).toBeGreaterThan(250);
});

describe('against a stored baseline', () => {
  const record = (ratio: number[]): BaselineRecord => ({
    ...{ schema: 'isogate.baseline/1', gate: 'isogate', function: 'f', isolation: 'runc', metric: 'latency' },
    ...{ fingerprint: { kernel: '6.12' }, runId: 'then', attempt: 1, commit: null },
    recordedAt: '2026-01-01T00:00:00.000Z',
    blocks: { ratio, difference: ratio.map((value) => 100 * Math.expm1(value)) },
    control: ratio.map(() => 100),
  });
  const regression = configOf({ regression: { latency: '+5%' } });
  const against = (ratio: number[], records: InstanceRecord[]) =>
    decide(samplesOf(records, { baseline: [record(ratio)] }), regression);
  const spread = (centre: number, count: number) => [...Array(count).keys()].map((i) => centre + (i % 5) / 500);

  test('checks do not take the overhead for its growth: 1.5x then and now passes without a word', () => {
    const records = blocks(30, { factor: 1.5 }).map((one) =>
      one.block === 7 ? { ...one, host: { steal_share: 0.9 } } : one,
    );
    const { verdict, warnings } = against(spread(Math.log(1.5), 40), records);
    expect(verdict).toBe('pass');
    expect(warnings).toMatchObject([{ code: 'between-runs-assumed' }]);
  });

  test.each([0, 1])('a record of %i blocks is too little, whatever the blocks of now look like', (count) => {
    const { comparisons } = against(
      spread(0, count),
      costing((block) => 1 + block / 50),
    );
    expect(comparisons[0]).toMatchObject({ verdict: 'not-measured', gated: true });
  });
});

test('min_blocks holds at the end as well', () => {
  const many = configOf({ budgets: { runc: { latency: '+10%' } }, measure: { min_blocks: 30 } });
  const [comparison] = decide(samplesOf(blocks(20)), many).comparisons;
  expect(comparison?.verdict).toBe('not-measured');
  expect(comparison?.reason).toContain(
    '20 usable blocks are too few to decide on the limit +10%, at least 30 are needed',
  );
});

test('blocks that move together and have no bounds are explained without a bound', () => {
  const records = Array.from({ length: 14 }, (_, block) => [
    instance(block, 'control', { latency_ms: 1.31 + 0.001 * block }),
    instance(block, 'treatment', { latency_ms: 1.36 + 0.0013 * block }),
  ]).flat() as InstanceRecord[];
  const { comparisons } = decide(samplesOf(records), latency('+10%'));
  expect(comparisons[0]).toMatchObject({ lower: null, upper: null, effectiveBlocks: 1 });
  expect(comparisons[0]?.reason).not.toContain('NaN');
});
