import { expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { toBmf } from '../../src/export/to-bmf.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { configOf, instance, samplesOf } from '../support/decide-samples.ts';

const MIB = 2 ** 20;
const limited = (limit: string) => configOf({ budgets: { runc: { memory_peak: limit } } });

/** Twelve blocks in which runc peaks at 50 MiB more than native, but for a few pages. */
const blocks = (more: Partial<InstanceRecord> = {}): InstanceRecord[] =>
  Array.from({ length: 12 }, (_, block) => {
    const peak = (mebibytes: number) => ({ memory_peak_bytes: mebibytes * MIB + ((block * 7) % 5) * 4096 });
    return [
      instance(block, 'control', peak(200), more),
      instance(block, 'twin', peak(200), more),
      instance(block, 'treatment', peak(250), more),
    ];
  }).flat();

it.each([
  ['+40MiB', 'fail', 50 * MIB],
  ['+60MiB', 'pass', 50 * MIB],
  ['+20%', 'fail', 1.25],
  ['1.3x', 'pass', 1.25],
])('a budget of %s for 50 MiB more than 200 MiB: %s', (limit, verdict, estimate) => {
  const decided = decide(samplesOf(blocks()), limited(limit));
  const [comparison] = decided.comparisons;
  expect(comparison).toMatchObject({ metric: 'memory_peak', verdict });
  const relative = (comparison?.estimate ?? 0) / estimate;
  expect(relative).toBeGreaterThan(0.99);
  expect(relative).toBeLessThan(1.01);
  expect(toBmf(decided)).toContain(estimate === 1.25 ? '"memory-peak-overhead"' : '"memory-peak-overhead-bytes"');
});

it('is not measured in samples that have none', () => {
  const instances = blocks().map((one) => ({ ...one, metrics: { memory_bytes: 6 * MIB } }));
  expect(decide(samplesOf(instances), limited('+40MiB')).comparisons).toMatchObject([
    { metric: 'memory_peak', verdict: 'not-measured', estimate: null },
  ]);
});

it('warns where it was sampled and has a limit', () => {
  const sampled = { evidence: { guest: {}, contradictions: [], host: { memory_peak: 'sampled every 5 ms' } } };
  const codes = (config: ReturnType<typeof configOf>, more?: Partial<InstanceRecord>) =>
    decide(samplesOf(blocks(more)), config).warnings.map(({ code }) => code);
  expect(codes(limited('+60MiB'), sampled)).toContain('memory-peak-sampled');
  expect(codes(limited('+60MiB'))).not.toContain('memory-peak-sampled');
  expect(codes(configOf({ budgets: { runc: { memory: '+60MiB' } } }), sampled)).not.toContain('memory-peak-sampled');
});
