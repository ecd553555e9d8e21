/** Samples in memory with effects that are chosen, so that the verdict is known beforehand. */
import { parseConfig } from '../../src/config/parse-config.ts';
import { decide } from '../../src/decide/decide.ts';
import type { Config } from '../../src/model/config.ts';
import type { ProbeResult } from '../../src/model/probe.ts';
import type { ArmRole, InstanceRecord, Samples, SamplesHeader } from '../../src/model/samples.ts';
import { normal, seeded } from '../stats/support.ts';

const NO_PHASES = { created: null, booted: null, ready: null, first_response: null };

export const instance = (
  block: number,
  arm: ArmRole,
  metrics: Record<string, number>,
  more: Partial<InstanceRecord> = {},
) => ({
  type: 'instance' as const,
  block,
  position: 0,
  function: 'f',
  revision: 'head' as const,
  isolation: arm === 'treatment' ? 'runc' : 'native',
  arm,
  status: 'ok' as const,
  phases_ms: NO_PHASES,
  metrics,
  repeat: 1,
  warmup_ms: [],
  latency_ms: [],
  ...more,
});

export const configOf = (document: object): Config =>
  parseConfig(
    { functions: { f: {} }, isolations: { native: {}, runc: {} }, ...document },
    { source: 'test', paths: null },
  );

export const samplesOf = (instances: InstanceRecord[], header: Partial<SamplesHeader> = {}): Samples => ({
  header: {
    type: 'header',
    schema: 'isogate.samples/1',
    runId: 'r',
    attempt: 1,
    gate: 'isogate',
    config: {},
    looks: { schedule: [], alphaFail: 0.01, alphaPass: 0.05, comparisons: [] },
    baseline: [],
    fingerprint: { kernel: '6.12' },
    seed: 1,
    ...header,
  },
  instances,
  end: null,
  ignored: { tornLines: 0, unknownLines: 0, incompleteBlocks: 0 },
});

/** Blocks in which the treatment costs `factor` times, or `extra` more than, a control of about 100. */
export const blocks = (count: number, { factor = 1, extra = 0, sigma = 0.01, seed = 1, key = 'latency_ms' } = {}) => {
  const random = seeded(seed);
  const value = (of: number) => of * Math.exp(sigma * normal(random));
  return Array.from({ length: count }, (_, n) => [
    instance(n, 'control', { [key]: value(100) }),
    instance(n, 'twin', { [key]: value(100) }),
    instance(n, 'treatment', { [key]: value(100 * factor) + extra }),
  ]).flat();
};

export const latency = (limit: string) => configOf({ budgets: { runc: { latency: limit } } });
export const verdictOf = (instances: InstanceRecord[], config: Config, header: Partial<SamplesHeader> = {}) =>
  decide(samplesOf(instances, header), config).comparisons.map((c) => c.verdict);

export const probeOf = (changes: Partial<ProbeResult>): ProbeResult => ({
  isolation: 'runc',
  type: 'runc',
  usable: true,
  version: null,
  reason: null,
  fix: null,
  accelerator: null,
  emulated: false,
  provedMs: null,
  notes: [],
  ...changes,
});
