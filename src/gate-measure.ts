/** Flow part: measures function after function, and asks after every look whether more blocks are needed. */

import { readFile } from 'node:fs/promises';
import type { HostClaim } from './claim-host.ts';
import { decide, isSettled } from './decide.ts';
import type { BuiltFunction } from './gate-images.ts';
import { type ArmPlan, measureFunction } from './measure/measure-function.ts';
import type { SamplesWriter } from './measure/samples-writer.ts';
import type { ProvenHost } from './prove-host.ts';
import { alphaSpent } from './stats/alpha-spending.ts';
import type { Config, EndRecord, InstanceRecord, Samples } from './types.ts';

export interface MeasureJob {
  config: Config;
  built: BuiltFunction[];
  proven: ProvenHost;
  claim: HostClaim;
  /** Kept up to date by the writer. */
  samples: Samples;
  writer: SamplesWriter;
  deadlineMs: number | null;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Interrupted or not: what was measured is in `samples` and on disk when it resolves. */
export async function measureFunctions(job: MeasureJob): Promise<void> {
  const reasons: EndRecord['reason'][] = [];
  for (const [index, fn] of job.built.entries()) {
    try {
      reasons.push(await measureOne(job, fn, job.built.length - index));
    } catch (error) {
      if (!job.signal.aborted) throw error;
      job.log('interrupted: deciding on what was measured');
      reasons.push('interrupted');
      break;
    }
  }
  // The run ended as its worst-ended function did.
  const order: EndRecord['reason'][] = ['interrupted', 'time', 'cap', 'failed', 'decided'];
  await job.writer.write({ type: 'end', reason: order.find((reason) => reasons.includes(reason)) ?? 'failed' });
}

async function measureOne(job: MeasureJob, fn: BuiltFunction, functionsLeft: number): Promise<EndRecord['reason']> {
  const { config, samples } = job;
  job.signal.throwIfAborted();
  if (fn.image === null) {
    await job.writer.write(buildFailure(config.control, fn));
    return 'failed';
  }
  const arms = planArms(job);
  if (arms.length === 0) return 'failed';
  const tailed = samples.header.looks.comparisons.some(
    ({ metric }) => metric === 'latency_p95' || metric === 'latency_p99',
  );
  return measureFunction({
    function: fn.config.name,
    image: fn.image,
    arms,
    events: await readEvents(fn.config.events),
    resources: config.resources,
    measure: { ...config.measure, timeMs: timeFor(job, functionsLeft) },
    tail: tailed ? config.measure.invocations : 0,
    nextContext: job.claim.nextContext,
    seed: samples.header.seed,
    writer: job.writer,
    signal: job.signal,
    log: job.log,
    blocksNeeded: samples.header.looks.schedule[0] ?? 1,
    onBlock: (blocks) => isDecided(job, fn.config.name, blocks),
  });
}

/** The control, its twin, and every usable treatment. Nothing can be compared without a control. */
function planArms({ config, proven }: MeasureJob): ArmPlan[] {
  const control = proven.isolations.get(config.control);
  if (!control) return [];
  const emulated = new Set(proven.probes.filter((probe) => probe.emulated).map((probe) => probe.isolation));
  const plan = (isolation: ArmPlan['isolation'], arm: ArmPlan['arm']): ArmPlan => {
    const isEmulated = emulated.has(isolation.config.name);
    return { isolation, arm, emulated: isEmulated, orientation: isEmulated && !config.gateEmulated };
  };
  const treatments = [...proven.isolations.values()].filter((isolation) => isolation !== control);
  return [
    plan(control, 'control'),
    plan(control, 'twin'),
    ...treatments.map((isolation) => plan(isolation, 'treatment')),
  ];
}

/** The job's budget is shared out evenly over the functions that are still to come. */
function timeFor({ config, deadlineMs }: MeasureJob, functionsLeft: number): number {
  if (deadlineMs === null) return config.measure.timeMs;
  return Math.min(config.measure.timeMs, Math.max(0, deadlineMs - performance.now()) / functionsLeft);
}

async function isDecided(job: MeasureJob, name: string, blocks: number): Promise<boolean> {
  const { looks } = job.samples.header;
  if (!looks.schedule.includes(blocks)) return false;
  const declared = looks.comparisons.filter((comparison) => comparison.function === name);
  // Nothing to decide is nothing decided: the cap or the time ends it, and the report shows what was found.
  if (declared.length === 0) return false;
  const document = decide(job.samples, job.config, { final: false });
  const settled = isSettled(document, name);
  const t = blocks / (looks.schedule.at(-1) ?? blocks);
  const spent = { fail: alphaSpent(looks.alphaFail, t), pass: alphaSpent(looks.alphaPass, t) };
  await job.writer.write({ type: 'look', function: name, n: blocks, alphaSpent: spent, dropped: [], hopeless: [] });
  if (settled) job.log(`${name} · everything decided after ${blocks} blocks`);
  return settled;
}

async function readEvents(paths: string[]): Promise<unknown[]> {
  if (paths.length === 0) return [{}];
  return Promise.all(paths.map(async (path) => JSON.parse(await readFile(path, 'utf8'))));
}

const buildFailure = (control: string, { config, failure }: BuiltFunction): InstanceRecord => ({
  type: 'instance',
  block: 0,
  position: 0,
  function: config.name,
  revision: 'head',
  isolation: control,
  arm: 'control',
  status: failure?.status ?? 'start-failed',
  phase: 'start',
  error: failure?.message ?? 'the image could not be built',
  phases_ms: { created: null, booted: null, ready: null, first_response: null },
  metrics: {},
  repeat: 1,
  warmup_ms: [],
  latency_ms: [],
});
