import type { BaselineRecord } from '../../src/model/baseline.ts';

export const record = (changes: Partial<BaselineRecord> = {}): BaselineRecord => ({
  schema: 'isogate.baseline/1',
  gate: 'api',
  function: 'thumbnail',
  isolation: 'runc',
  metric: 'latency',
  fingerprint: { kernel: '6.12' },
  runId: 'r1',
  attempt: 1,
  commit: 'a'.repeat(40),
  recordedAt: '2026-02-03T04:05:06.000Z',
  verdict: 'pass',
  summary: {
    ...{ blocks: 2, control: 10.5, treatment: 10.65 },
    ratio: { estimate: 0.015, lower: null, upper: null },
    difference: { estimate: 0.15, lower: 0.1, upper: 0.2 },
  },
  blocks: { ratio: [0.01, 0.02], difference: [0.1, 0.2] },
  control: [10, 11],
  ...changes,
});
