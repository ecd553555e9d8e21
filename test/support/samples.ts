/** Samples as a run begins them, and records that hold just what a test is about. */

import type { ArmRole, InstanceRecord, Samples } from '../../src/model/samples.ts';

export const emptySamples = (): Samples => ({
  header: {
    type: 'header',
    schema: 'isogate.samples/1',
    runId: 'test',
    attempt: 1,
    gate: 'test',
    config: {},
    looks: { schedule: [], alphaFail: 0.01, alphaPass: 0.05, comparisons: [] },
    baseline: [],
    fingerprint: {},
    seed: 1,
  },
  instances: [],
  end: null,
  ignored: { tornLines: 0, unknownLines: 0, incompleteBlocks: 0 },
});

export const instanceRecord = (block: number, arm: ArmRole, metrics: Record<string, number>): InstanceRecord => ({
  type: 'instance',
  block,
  position: 0,
  function: 'f',
  revision: 'head',
  isolation: arm === 'treatment' ? 'runc' : 'native',
  arm,
  status: 'ok',
  phases_ms: { created: null, booted: null, ready: null, first_response: null },
  metrics,
  repeat: 1,
  warmup_ms: [],
  latency_ms: [],
});
