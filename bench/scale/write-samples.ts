/** Writes samples files of any size, line by line as a run writes them, from a seed. */

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { Rng } from 'pragmastat';
import { parseConfig } from '../../src/config/parse-config.ts';
import { declareLooks } from '../../src/decide/plan-looks.ts';
import type {
  ArmRole,
  BlockRecord,
  CalibrationRecord,
  InstanceRecord,
  SamplesHeader,
} from '../../src/model/samples.ts';
import { formatHeader } from '../../src/samples/samples-writer.ts';
import { EVIDENCE } from './evidence.ts';

export const BLOCKS = 20;
const ARMS: { isolation: string; arm: ArmRole; revision: 'head' }[] = [
  { isolation: 'native', arm: 'control', revision: 'head' },
  { isolation: 'native', arm: 'twin', revision: 'head' },
  { isolation: 'bubblewrap', arm: 'treatment', revision: 'head' },
  { isolation: 'runc', arm: 'treatment', revision: 'head' },
  { isolation: 'gvisor', arm: 'treatment', revision: 'head' },
  { isolation: 'podman', arm: 'treatment', revision: 'head' },
];
const TREATMENTS = ARMS.filter(({ arm }) => arm === 'treatment').map(({ isolation }) => isolation);
/** Milliseconds that an isolation adds to a start. */
const START_MS: Record<string, number> = { native: 0, bubblewrap: 4, runc: 31, gvisor: 140, podman: 210 };

/** `lean`: numbers alone, 375 bytes an instance. `full`: with evidence and answers, as a run leaves them, 2.6 kB an instance. */
export type LineKind = 'lean' | 'full';

export const nameOf = (index: number): string => `function-${String(index).padStart(5, '0')}`;

export const headerOf = (functions: number): SamplesHeader => {
  const document = {
    name: 'scale',
    functions: Object.fromEntries(Array.from({ length: functions }, (_, index) => [nameOf(index), {}])),
    isolations: Object.fromEntries(['native', ...TREATMENTS].map((name) => [name, {}])),
    budgets: Object.fromEntries(TREATMENTS.map((name) => [name, { latency: '+10%', cold_start: '+250ms' }])),
  };
  const config = parseConfig(document, { source: 'bench', paths: null });
  const facts = { gate: 'scale', baseline: [], fingerprint: { kernel: '6.12.0', cpu_model: 'Bench CPU' } };
  return {
    type: 'header',
    schema: 'isogate.samples/1',
    runId: 'scale',
    attempt: 1,
    config: document,
    looks: declareLooks(config, facts),
    ...facts,
    seed: 1,
  };
};

/** About normal, mean 0 and deviation 1; four uniform numbers are enough for noise of a bench. */
const normal = (rng: Rng): number =>
  (rng.uniformFloat() + rng.uniformFloat() + rng.uniformFloat() + rng.uniformFloat() - 2) * Math.sqrt(3);

/** Clocks of hosts tell no more than this. */
const digits = (value: number): number => Number(value.toPrecision(7));

interface Effects {
  latencyMs: number;
  /** By isolation. Most lie far below their limit of 1.1, some near it, and one in fifty above. */
  factors: ReadonlyMap<string, number>;
}

const chooseEffects = (rng: Rng): Effects => {
  const factorOf = (isolation: string): number => {
    if (isolation === 'native') return 1;
    const kind = rng.uniformFloat();
    if (kind < 0.02) return 1.2;
    return kind < 0.12 ? 1.08 + 0.04 * rng.uniformFloat() : 1 + 0.04 * rng.uniformFloat();
  };
  return {
    latencyMs: 1 + 20 * rng.uniformFloat(),
    factors: new Map(['native', ...TREATMENTS].map((isolation) => [isolation, factorOf(isolation)])),
  };
};

const instanceOf = (
  rng: Rng,
  kind: LineKind,
  place: Pick<InstanceRecord, 'block' | 'position' | 'function' | 'isolation' | 'arm' | 'revision'>,
  { latencyMs, factors }: Effects,
): InstanceRecord => {
  const drift = 1 + 0.02 * Math.sin(place.block);
  const middle = latencyMs * (factors.get(place.isolation) ?? 1) * drift * Math.exp(0.01 * normal(rng));
  const started = 60 + (START_MS[place.isolation] ?? 0) + 2 * normal(rng);
  const calls = (count: number): number[] =>
    Array.from({ length: count }, () => digits(middle * (1 + 0.05 * rng.uniformFloat())));
  const latencies = calls(kind === 'lean' ? 3 : 10);
  const busyMs = latencies.reduce((sum, one) => sum + one, 0);
  const record: InstanceRecord = {
    type: 'instance',
    ...place,
    status: 'ok',
    phases_ms: { created: 5.25, booted: null, ready: digits(started), first_response: digits(started + middle) },
    metrics: { cold_start_ms: digits(started + middle), latency_ms: digits(middle), memory_bytes: 31_457_280 },
    repeat: 1,
    warmup_ms: calls(kind === 'lean' ? 1 : 5),
    latency_ms: latencies,
  };
  if (kind === 'lean') return record;
  const messages = 1 + record.warmup_ms.length + latencies.length;
  return {
    ...record,
    phases_ms: { ...record.phases_ms, spawned: 5.125 },
    metrics: {
      ...record.metrics,
      throughput_per_s: digits((1000 * latencies.length) / busyMs),
      cpu_ms: digits(middle * 0.9),
    },
    evidence: EVIDENCE,
    host: { steal_share: 0, cpu_pressure_share: 0.4 * rng.uniformFloat(), memory_pressure_share: 0 },
    answers: {
      events: 1,
      sent: Array.from({ length: messages }, () => 0),
      digests: ['8f14e45fceea167a'],
      given: Array.from({ length: messages }, () => 0),
    },
  };
};

/** The records of one function: its plan, and each block with its instances in an order of its own. */
export function* recordsOf(
  rng: Rng,
  kind: LineKind,
  name: string,
): Generator<BlockRecord | CalibrationRecord | InstanceRecord> {
  const pilot = { repeat: 1, warmup: 3, invocations: 10, blocks: BLOCKS, empty_ms: {}, control_ms: 5 };
  yield { type: 'calibration', function: name, ...pilot };
  const effects = chooseEffects(rng);
  for (let block = 0; block < BLOCKS; block += 1) {
    yield { type: 'block', function: name, block, arms: ARMS };
    for (const [position, arm] of rng.shuffle(ARMS).entries())
      yield instanceOf(rng, kind, { block, position, function: name, ...arm }, effects);
  }
}

const BATCH_BYTES = 8 * 2 ** 20;
/** Functions come in steps of so many. */
const STEP = 200;

const bytesOfFunction = (kind: LineKind): number =>
  [...recordsOf(new Rng(1), kind, nameOf(0))].reduce((sum, record) => sum + JSON.stringify(record).length + 1, 0);

/** @returns how many functions the file of at least `megabytes` holds, and its size */
export function writeSamples(path: string, megabytes: number, kind: LineKind): { functions: number; bytes: number } {
  const functions = STEP * Math.ceil((megabytes * 1e6) / bytesOfFunction(kind) / STEP);
  const rng = new Rng(20261130);
  const file = openSync(path, 'wx');
  let bytes = 0;
  let batch = `${formatHeader(headerOf(functions))}\n`;
  const flush = (): void => {
    writeFileSync(file, batch);
    bytes += batch.length;
    batch = '';
  };
  try {
    for (let index = 0; index < functions; index += 1) {
      for (const record of recordsOf(rng, kind, nameOf(index))) batch += `${JSON.stringify(record)}\n`;
      if (batch.length > BATCH_BYTES) flush();
    }
    batch += `${JSON.stringify({ type: 'end', reason: 'decided' })}\n`;
    flush();
  } finally {
    closeSync(file);
  }
  return { functions, bytes };
}
