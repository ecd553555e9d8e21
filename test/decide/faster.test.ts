/** An isolated function that is faster than the bare one: no limit is broken, and yet something is wrong. */
import { expect, test } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { blocks, configOf, latency, samplesOf } from '../support/decide-samples.ts';

const codes = (...args: Parameters<typeof decide>) => decide(...args).warnings.map(({ code }) => code);

test('half the cost of the control passes, with a warning that names it', () => {
  const document = decide(samplesOf(blocks(30, { factor: 0.5, sigma: 0 })), latency('+10%'));
  expect(document.verdict).toBe('pass');
  expect(document.warnings).toEqual([
    {
      code: 'faster-than-control',
      message:
        'f: latency of runc against the control is −50.0% (at most −50.0%; the A/A control: at least +0.00%). Isolation only adds work, so either the control was slowed down or the isolated function did less',
    },
  ]);
});

test('wherever a pass is possible, and on any scale of limit', () => {
  expect(codes(samplesOf(blocks(5, { factor: 0.5 })), latency('+10%'))).toEqual(['faster-than-control']);
  const start = configOf({ budgets: { runc: { cold_start: '+30ms' } } });
  expect(codes(samplesOf(blocks(12, { factor: 0.5, key: 'cold_start_ms' })), start)).toEqual(['faster-than-control']);
  const throughput = configOf({ budgets: { runc: { throughput: '+10%' } } });
  expect(codes(samplesOf(blocks(12, { factor: 2, key: 'throughput_per_s' })), throughput)).toEqual([
    'faster-than-control',
  ]);
});

test('not for 4 %, not for noise, not for memory', () => {
  expect(codes(samplesOf(blocks(30, { factor: 0.96 })), latency('+10%'))).toEqual([]);
  expect(codes(samplesOf(blocks(30, { factor: 0.9, sigma: 0.5 })), latency('+200%'))).toEqual([]);
  const memory = configOf({ budgets: { runc: { memory: '+1MiB' } } });
  expect(codes(samplesOf(blocks(30, { factor: 0.5, key: 'memory_bytes' })), memory)).toEqual([]);
});

test('not where the twin is as fast: then it is the noise of the machine', () => {
  const records = blocks(30, { factor: 0.9 }).map((r) =>
    r.arm === 'twin' ? { ...r, metrics: { latency_ms: (r.metrics['latency_ms'] ?? 0) * 0.88 } } : r,
  );
  expect(codes(samplesOf(records), latency('+100%'))).not.toContain('faster-than-control');
});
