/** Noise must not make a broken limit look like chance. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { InstanceRecord, SamplesHeader } from '../../src/model/samples.ts';
import type { ComparisonVerdict } from '../../src/model/verdict.ts';
import { normal, seeded } from '../stats/support.ts';
import { record as baselineRecord } from '../support/baseline-record.ts';
import { configOf, instance, latency, samplesOf } from '../support/decide-samples.ts';

interface Noise {
  treatment: number;
  control: number;
  /** Of both arms of the base; null for no base. */
  base: number | null;
}

/** The treatment costs 1.3 times the control, each instance with noise of its own, on a host that varies by 5 %. */
const measured = ({ treatment, control, base }: Noise, { count = 40, seed = 5, key = 'latency_ms' } = {}) => {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, block): InstanceRecord[] => {
    const host = 10 * Math.exp(0.05 * normal(random));
    const cost = (factor: number, noise: number) => ({ [key]: host * factor * Math.exp(noise * normal(random)) });
    const onBase = { revision: 'base' as const };
    return [
      instance(block, 'control', cost(1, control)),
      instance(block, 'twin', cost(1, control)),
      instance(block, 'treatment', cost(1.3, treatment)),
      ...(base === null
        ? []
        : [instance(block, 'control', cost(1, base), onBase), instance(block, 'treatment', cost(1.05, base), onBase)]),
    ];
  }).flat();
};

const first = (records: InstanceRecord[], config = latency('+15%'), header: Partial<SamplesHeader> = {}) => {
  const document = decide(samplesOf(records, header), config);
  return {
    ...(document.comparisons[0] as ComparisonVerdict),
    run: document.verdict,
    codes: document.warnings.map(({ code }) => code),
  };
};

describe('an undecided budget', () => {
  test('of a head that is much noisier than its base is red, and the reason says so', () => {
    const one = first(measured({ treatment: 0.5, control: 0.5, base: 0.02 }));
    expect(one).toMatchObject({
      verdict: 'not-measured',
      gated: true,
      heldBy: 'noisier-than-base',
      run: 'not-measured',
    });
    expect(one.codes).toContain('noisier-than-base');
    expect(one.reason).toMatch(
      /^the overhead of runc varies by 9\d\.\d% from block to block, that of the base by \d\.\d\d%: too much to tell whether the limit \+15% is kept \(after \d+ blocks /,
    );
    expect(one.blocksToSettle).toBeUndefined();
  });

  test('of an isolation that is much noisier than the control', () => {
    const one = first(measured({ treatment: 0.5, control: 0.02, base: null }));
    expect(one).toMatchObject({ verdict: 'not-measured', heldBy: 'noisier-than-control' });
    expect(one.reason).toMatch(/^the overhead of runc varies by \d+\.\d% .*, that of the A\/A control by \d\.\d\d%: /);
  });

  test('of a control that is much noisier than the isolation', () => {
    const one = first(measured({ treatment: 0.02, control: 0.5, base: null }));
    expect(one).toMatchObject({ verdict: 'not-measured', heldBy: 'noisier-than-control' });
    expect(one.reason).toMatch(/^the control native varies by \d+\.\d% from block to block, runc by \d\.\d\d%: /);
  });

  test('of a head that is much noisier than the recorded run', () => {
    const random = seeded(3);
    const ratio = Array.from({ length: 40 }, () => 0.02 * normal(random));
    const records = measured({ treatment: 0.3, control: 0.3, base: null });
    const baseline = [baselineRecord({ gate: 'isogate', function: 'f', blocks: { ratio, difference: ratio } })];
    expect(first(records, latency('+15%'), { baseline })).toMatchObject({ heldBy: 'noisier-than-baseline' });
    const other = baseline.map((record) => ({ ...record, fingerprint: { kernel: '5.10' } }));
    expect(first(records, latency('+15%'), { baseline: other })).toMatchObject({ verdict: 'inconclusive' });
  });

  test('stays undecided where head and base are alike, or the isolation varies three times as much as the control', () => {
    expect(first(measured({ treatment: 0.5, control: 0.5, base: 0.5 }))).toMatchObject({ verdict: 'inconclusive' });
    const near = measured({ treatment: 0.15, control: 0.05, base: null });
    expect(first(near, latency('+29%'))).toMatchObject({ verdict: 'inconclusive', run: 'inconclusive' });
  });

  test('stays undecided where the noise hides little against its allowance', () => {
    const records = measured({ treatment: 0.05, control: 0.05, base: 0.005 });
    expect(first(records, latency('+29%'))).toMatchObject({ verdict: 'inconclusive' });
    expect(first(records, latency('+29%')).smallestProvable).toBeLessThan(0.29 / 4);
  });
});

test('what is decided stands, however noisy', () => {
  const records = measured({ treatment: 0.5, control: 0.5, base: 0.02 });
  expect(first(records, latency('10x'))).toMatchObject({ verdict: 'pass' });
  expect(first(records, latency('0.5x'))).toMatchObject({ verdict: 'fail' });
  expect(decide(samplesOf(records), latency('+15%'), { final: false }).comparisons[0]?.verdict).toBe('inconclusive');
});

test('growth over the base, and that of the control itself', () => {
  const config = configOf({ regression: { latency: '+5%', control: '+5%' } });
  const { comparisons } = decide(samplesOf(measured({ treatment: 0.5, control: 0.5, base: 0.02 })), config);
  expect(comparisons.map(({ metric, verdict, heldBy }) => [metric, verdict, heldBy])).toEqual([
    ['latency', 'not-measured', 'noisier-than-base'],
    ['control', 'not-measured', 'noisier-than-base'],
  ]);
});

test('amounts are told in their unit', () => {
  const config = configOf({ budgets: { runc: { cold_start: '+2ms' } } });
  const one = first(measured({ treatment: 0.5, control: 0.5, base: 0.02 }, { key: 'cold_start_ms' }), config);
  expect(one).toMatchObject({ verdict: 'not-measured', heldBy: 'noisier-than-base' });
  expect(one.reason).toMatch(/varies by \d+\.\d+ ms from block to block, that of the base by \d+ µs: /);
});
