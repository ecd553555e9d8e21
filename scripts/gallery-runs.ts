import { seededRandom } from '../bench/accuracy/random.ts';
import { parseConfig } from '../src/config/parse-config.ts';
import { decide } from '../src/decide/decide.ts';
import type { Waiver } from '../src/model/config.ts';
import type { ProbeResult } from '../src/model/probe.ts';
import type { ArmRole, InstanceRecord, Samples } from '../src/model/samples.ts';
import type { ReportInput } from '../src/report/document.ts';

/** What one picture of the gallery is of: chosen costs, which are then decided as those of any run. */
interface Run {
  /** Latency of gVisor over native: on the base, and with the change. */
  gvisor: { base: number; head: number };
  blocks?: number;
  waivers?: Waiver[];
  isGvisorMissing?: boolean;
}

const HEAD = '4f2a9c1e7b3d5806aa19c4e2f7d3b6a8905e1c72';
const BASE = '91c0d6b2a4e85f7713b9ac02d4e6f8a1357bd9c0';
const MIB = 2 ** 20;

const WAIVER: Waiver = {
  ...{ function: 'thumbnail', isolation: 'gvisor', metric: 'latency', kind: 'budget' },
  limit: { scale: 'ratio', factor: 1.4, text: '+40%' },
  ...{ reason: 'the new decoder reads in small pieces until #412', owner: 'mona', expires: '2027-01-31' },
};

const RUNS: Record<string, Run> = {
  pass: { gvisor: { base: 1.1, head: 1.1 } },
  fail: { gvisor: { base: 1.1, head: 1.31 } },
  'fail-on-base': { gvisor: { base: 1.31, head: 1.31 } },
  inconclusive: { gvisor: { base: 1.146, head: 1.146 }, blocks: 16 },
  'not-measured': { gvisor: { base: 1.1, head: 1.1 }, isGvisorMissing: true },
  waived: { gvisor: { base: 1.31, head: 1.31 }, waivers: [WAIVER] },
  fork: { gvisor: { base: 1.1, head: 1.31 } },
};

const COSTS = {
  native: { latencyMs: 5.2, coldMs: 96, memoryBytes: 21 * MIB, readyMs: 58 },
  runc: { latencyMs: 5.2 * 1.013, coldMs: 131, memoryBytes: 21.4 * MIB, readyMs: 88 },
  gvisor: { latencyMs: 5.2, coldMs: 288, memoryBytes: 43 * MIB, readyMs: 210 },
} as const;

const probe = (isolation: 'native' | 'runc' | 'gvisor', missing = false): ProbeResult => ({
  ...{ isolation, type: isolation, usable: !missing, accelerator: null, emulated: false, notes: [] },
  version: { native: null, runc: '1.1.5', gvisor: missing ? null : 'release-20261012.0' }[isolation],
  reason: missing ? 'runsc is not on PATH' : null,
  fix: missing ? 'sudo scripts/setup-runner' : null,
  provedMs: missing ? null : COSTS[isolation].coldMs,
});

/** The verdict and the samples of one picture. */
export function galleryRun(name: string): ReportInput {
  const run = RUNS[name];
  if (run === undefined) throw new Error(`${name}: accepted: ${Object.keys(RUNS).join(', ')}`);
  const { isGvisorMissing = false } = run;
  const document = {
    name: 'api',
    functions: { thumbnail: { handler: 'src/thumbnail.mjs#handler' } },
    isolations: { native: {}, runc: {}, gvisor: {} },
    budgets: {
      runc: { latency: '+5%', cold_start: '+150ms' },
      gvisor: { latency: '+15%', cold_start: '+300ms', memory: '+40MiB' },
    },
    regression: { latency: '+5%' },
  };
  const config = parseConfig(document, { source: 'gallery', paths: null });
  const samples: Samples = {
    header: {
      ...{ type: 'header', schema: 'isogate.samples/1', runId: 'r-1849', attempt: 1, gate: 'api', commit: HEAD },
      ...{ config: config.document, seed: 42, baseline: [] },
      looks: { schedule: [], alphaFail: 0.01, alphaPass: 0.05, comparisons: [] },
      fingerprint: { cpu: 'AMD EPYC 9354P', kernel: '6.12.48', 'isolation.gvisor': 'gvisor release-20261012.0' },
      startedAt: '2026-11-26T09:00:00.000Z',
      probe: [probe('native'), probe('runc'), probe('gvisor', isGvisorMissing)],
      change: {
        ...{ head: HEAD, base: BASE, basis: 'merge-parent' },
        functions: { thumbnail: { state: 'beside', digest: 'sha256:5d1f' } },
      },
      ...(run.waivers && { waivers: run.waivers }),
    },
    instances: instancesOf(run),
    end: { type: 'end', reason: 'decided' },
    ignored: { tornLines: 0, unknownLines: 0, incompleteBlocks: 0 },
  };
  const verdict = decide(samples, { ...config, waivers: run.waivers ?? [] }, { replan: true });
  return { verdict, samples };
}

function instancesOf({ gvisor, blocks = 18, isGvisorMissing = false }: Run): InstanceRecord[] {
  const random = seededRandom(5);
  const arms: [keyof typeof COSTS, ArmRole, 'head' | 'base'][] = [
    ...(['head', 'base'] as const).flatMap((revision): [keyof typeof COSTS, ArmRole, 'head' | 'base'][] => [
      ['native', 'control', revision],
      ...(revision === 'head' ? ([['native', 'twin', revision]] as [keyof typeof COSTS, ArmRole, 'head'][]) : []),
      ['runc', 'treatment', revision],
      ...(isGvisorMissing
        ? []
        : ([['gvisor', 'treatment', revision]] as [keyof typeof COSTS, ArmRole, 'head' | 'base'][])),
    ]),
  ];
  return Array.from({ length: blocks }, (_, block) => block).flatMap((block) => {
    const host = 1 + 0.2 * random.uniform();
    return arms.map(([isolation, arm, revision], position): InstanceRecord => {
      const cost = COSTS[isolation];
      const noise = () => Math.exp(0.01 * random.normal());
      const latencyMs = host * cost.latencyMs * (isolation === 'gvisor' ? gvisor[revision] : 1) * noise();
      const coldMs = host * cost.coldMs * noise();
      return {
        ...{ type: 'instance', block, position, function: 'thumbnail', revision, isolation, arm, status: 'ok' },
        phases_ms: { created: null, booted: null, ready: host * cost.readyMs * noise(), first_response: coldMs },
        metrics: { cold_start_ms: coldMs, memory_bytes: cost.memoryBytes * noise(), latency_ms: latencyMs },
        ...{ repeat: 1, warmup_ms: [], latency_ms: [latencyMs] },
      };
    });
  });
}
