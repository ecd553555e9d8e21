/** How often noise and slow controls are caught, and how often honest runs are taken for such (docs/explanation/accuracy.md). */

import { center, Sample } from 'pragmastat';
import { parseConfig } from '../../src/config/parse-config.ts';
import { decide } from '../../src/decide/decide.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';
import type { ArmRole, InstanceRecord, Samples } from '../../src/model/samples.ts';
import { logRatios } from './paired-costs.ts';
import { type Random, seededRandom } from './random.ts';
import { costsOf, type PairedLog } from './tuning-set.ts';

/** A draw of ln(cost), around 0. */
type Noise = (random: Random) => number;

const normal =
  (deviation: number): Noise =>
  (random) =>
    deviation * random.normal();
const heavy =
  (deviation: number): Noise =>
  (random) =>
    deviation * random.t3();
const skewed =
  (deviation: number): Noise =>
  (random) =>
    -deviation * Math.log(random.uniform());
/** Three of ten instances are two deviations slower. */
const twoLevels =
  (deviation: number): Noise =>
  (random) =>
    0.1 * deviation * random.normal() + (random.uniform() < 0.3 ? 2 * deviation : 0);

interface Scene {
  name: string;
  /** Something is hidden, or nothing is. */
  isAttack: boolean;
  treatment: Noise;
  control: Noise;
  /** Of both arms of the base, whose overhead is 1.05; null where no base ran. */
  base: Noise | null;
  overhead: number;
  controlFactor?: number;
  blocks: number;
}

const LIMIT = 1.15;
const LIMIT_TEXT = '+15%';
const BASE_OVERHEAD = 1.05;
/** What all arms of a block have in common. */
const HOST = 0.05;

const honest = (name: string, make: (deviation: number) => Noise, ratio = 1, hasBase = true): Scene => ({
  ...{ name, isAttack: false, overhead: LIMIT, blocks: 40 },
  ...{ treatment: make(0.05 * ratio), control: make(0.05), base: hasBase ? make(0.05) : null },
});

const hidden = (name: string, one: Partial<Scene>): Scene => ({
  ...{ name, isAttack: true, overhead: 1.3, blocks: 60 },
  ...{ treatment: normal(0.02), control: normal(0.02), base: normal(0.02) },
  ...one,
});

const SCENES: Scene[] = [
  hidden('noise of 30 % in every arm of the head', { treatment: normal(0.3), control: normal(0.3) }),
  hidden('noise of 50 % in every arm of the head', { treatment: normal(0.5), control: normal(0.5) }),
  hidden('the same, 12 blocks', { treatment: normal(0.5), control: normal(0.5), blocks: 12 }),
  hidden('noise of 30 % in the isolation, no base', { treatment: normal(0.3), base: null, overhead: 1.2 }),
  hidden('noise of 50 % in the isolation, no base', { treatment: normal(0.5), base: null }),
  hidden('noise of 50 % in the control, no base', { control: normal(0.5), base: null }),
  hidden('noise of 50 % in every arm, no base', { treatment: normal(0.5), control: normal(0.5), base: null }),
  hidden('the control slowed twofold, the isolation 1.3 times the former one', { controlFactor: 2 }),
  hidden('the same, the isolation 2.1 times the former one', { controlFactor: 2, overhead: 2.1 }),
  honest('normal', normal),
  honest('heavy-tailed', heavy),
  honest('skewed', skewed),
  honest('two levels', twoLevels),
  honest('the isolation twice as noisy as the control', normal, 2),
  honest('four times as noisy, no base', normal, 4, false),
  honest('four times as noisy, heavy-tailed, no base', heavy, 4, false),
];

const NO_PHASES = { created: null, booted: null, ready: null, first_response: null };

const instance = (
  [fn, block, isolation]: [string, number, string],
  arm: ArmRole,
  revision: 'head' | 'base',
  latency: number,
): InstanceRecord => ({
  ...{ type: 'instance', block, position: arm === 'treatment' ? 2 * (block % 2) : 1, function: fn, revision },
  ...{ isolation, arm, status: 'ok', phases_ms: NO_PHASES, metrics: { latency_ms: latency } },
  ...{ repeat: 1, warmup_ms: [], latency_ms: [] },
});

const samplesOf = (instances: InstanceRecord[], baseline: BaselineRecord[] = []): Samples => ({
  header: {
    ...{ type: 'header', schema: 'isogate.samples/1', runId: 'r', attempt: 1, gate: 'bench', config: {}, seed: 1 },
    ...{ baseline, fingerprint: {} },
    looks: { schedule: [], alphaFail: 0.01, alphaPass: 0.05, comparisons: [] },
  },
  ...{ instances, end: null, ignored: { tornLines: 0, unknownLines: 0, incompleteBlocks: 0 } },
});

const configOf = (functions: string[], isolations: string[], limit: string) =>
  parseConfig(
    {
      functions: Object.fromEntries(functions.map((name) => [name, {}])),
      isolations: Object.fromEntries(['native', ...isolations].map((name) => [name, {}])),
      budgets: Object.fromEntries(isolations.map((name) => [name, { latency: limit }])),
      measure: { max_blocks: 60 },
    },
    { source: 'bench', paths: null },
  );

const simulate = (scene: Scene, functions: string[], isolations: string[], random: Random): InstanceRecord[] =>
  functions.flatMap((fn) =>
    Array.from({ length: scene.blocks }, (_, block): InstanceRecord[] => {
      const host = 100 * Math.exp(HOST * random.normal());
      const cost = (factor: number, noise: Noise): number => host * factor * Math.exp(noise(random));
      const slow = scene.controlFactor ?? 1;
      const one = (arm: ArmRole, revision: 'head' | 'base', isolation: string, latency: number) =>
        instance([fn, block, isolation], arm, revision, latency);
      const { base } = scene;
      return [
        one('control', 'head', 'native', cost(slow, scene.control)),
        one('twin', 'head', 'native', cost(slow, scene.control)),
        ...isolations.map((name) => one('treatment', 'head', name, cost(scene.overhead, scene.treatment))),
        ...(base === null
          ? []
          : [
              one('control', 'base', 'native', cost(1, base)),
              ...isolations.map((name) => one('treatment', 'base', name, cost(BASE_OVERHEAD, base))),
            ]),
      ];
    }).flat(),
  );

/** How runs end. `noise` and `slow control` are the two causes for which a run is held back. */
export type HeldOutcome = 'pass' | 'undecided' | 'noise' | 'slow control' | 'other red';

const outcomeOf = (samples: Samples, config: ReturnType<typeof configOf>): HeldOutcome => {
  const { verdict, comparisons } = decide(samples, config);
  const held = comparisons.flatMap(({ heldBy }) => heldBy ?? []);
  if (held.includes('budget-met-by-slower-control')) return 'slow control';
  if (held.length > 0) return 'noise';
  if (verdict === 'pass') return 'pass';
  return verdict === 'inconclusive' ? 'undecided' : 'other red';
};

export interface HeldRow {
  name: string;
  isAttack: boolean;
  comparisons: number;
  outcomes: HeldOutcome[];
}

const FUNCTIONS = ['a', 'b', 'c'];
const ISOLATIONS = ['bubblewrap', 'runc', 'crun', 'gvisor'];

const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: Math.max(1, Math.round(count)) }, make);

/** A window of a log as head, another one as the recorded run, the limit at the log's own centre. */
const fromLog = (log: PairedLog, blocks: number, random: Random): HeldOutcome => {
  const costs = costsOf(log);
  const ratios = logRatios(costs);
  const limit = Math.exp(center(Sample.of(ratios)).value);
  const [head, recorded] = [random.index(ratios.length - blocks + 1), random.index(ratios.length - blocks + 1)];
  const instances = Array.from({ length: blocks }, (_, block) => [
    instance(['a', block, 'native'], 'control', 'head', costs.control[head + block] as number),
    instance(['a', block, 'runc'], 'treatment', 'head', costs.treatment[head + block] as number),
  ]).flat();
  const control = costs.control.slice(recorded, recorded + blocks);
  const treatment = costs.treatment.slice(recorded, recorded + blocks);
  const record: BaselineRecord = {
    ...{ schema: 'isogate.baseline/1', gate: 'bench', function: 'a', isolation: 'runc', metric: 'latency' },
    ...{ fingerprint: {}, runId: 'b', attempt: 1, commit: null, recordedAt: '2026-01-01T00:00:00.000Z' },
    ...{ verdict: 'pass', control, treatment },
    blocks: {
      ratio: ratios.slice(recorded, recorded + blocks),
      difference: treatment.map((cost, n) => cost - (control[n] as number)),
    },
  };
  return outcomeOf(samplesOf(instances, [record]), configOf(['a'], ['runc'], `${limit.toFixed(6)}x`));
};

const rowOf = (scene: Scene, functions: string[], isolations: string[], runs: number, seed: number): HeldRow => {
  const random = seededRandom(seed);
  const config = configOf(functions, isolations, LIMIT_TEXT);
  const run = () => outcomeOf(samplesOf(simulate(scene, functions, isolations, random)), config);
  const { name, isAttack } = scene;
  return { name, isAttack, comparisons: functions.length * isolations.length, outcomes: repeat(runs, run) };
};

const RUNS = { one: 200, twelve: 60, logs: 400 };
const LOG_BLOCKS = 30;

export const studyHeld = (
  { factor, seed }: { factor: number; seed: number },
  sets: { name: string; logs: PairedLog[] }[],
): HeldRow[] => [
  ...SCENES.map((scene, index) => rowOf(scene, ['a'], ['runc'], RUNS.one * factor, seed + index)),
  ...SCENES.filter(({ isAttack }) => !isAttack).map((scene, index) =>
    rowOf(scene, FUNCTIONS, ISOLATIONS, RUNS.twelve * factor, seed + 100 + index),
  ),
  ...sets.map(({ name, logs }, index): HeldRow => {
    const random = seededRandom(seed + 200 + index);
    const long = logs.filter(({ pairs }) => pairs.length >= LOG_BLOCKS);
    let next = 0;
    const run = () => {
      next += 1;
      return fromLog(long[next % long.length] as PairedLog, LOG_BLOCKS, random);
    };
    return { name, isAttack: false, comparisons: 1, outcomes: repeat(RUNS.logs * factor, run) };
  }),
];
