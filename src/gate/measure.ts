/** Flow part: measures function after function, and asks after every look whether more blocks are needed. */

import { readFile } from 'node:fs/promises';
import { fewestToDecide } from '../decide/plan-looks.ts';
import type { HostClaim } from '../isolation/cleanup/claim-host.ts';
import { measureFunction } from '../measure/measure-function.ts';
import { FEWEST_INVOCATIONS } from '../measure/plan-blocks.ts';
import type { Config } from '../model/config.ts';
import type { EndRecord, InstanceRecord, Samples } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import type { SamplesWriter } from '../samples/samples-writer.ts';
import { planArms } from './arms.ts';
import type { BuiltBase } from './base.ts';
import type { BuiltFunction } from './images.ts';
import { followStandings } from './standings.ts';

export interface MeasureJob {
  config: Config;
  built: BuiltFunction[];
  /** Null where no base runs beside the head. */
  base: BuiltBase | null;
  proven: ProvenHost;
  claim: HostClaim;
  writer: SamplesWriter;
  deadlineMs: number | null;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** @returns what was measured, with that of earlier attempts; all of it is on disk, whether it was interrupted or not */
export async function measureFunctions(job: MeasureJob): Promise<Samples> {
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
  const order: EndRecord['reason'][] = ['interrupted', 'time', 'cap', 'undecidable', 'failed', 'decided'];
  await job.writer.write({ type: 'end', reason: order.find((reason) => reasons.includes(reason)) ?? 'failed' });
  return job.writer.samples();
}

async function measureOne(job: MeasureJob, fn: BuiltFunction, functionsLeft: number): Promise<EndRecord['reason']> {
  const { config } = job;
  const samples = job.writer.samples();
  const { name } = fn.config;
  job.signal.throwIfAborted();
  if (fn.image === null) {
    await recordBuildFailure(job, fn);
    return 'failed';
  }
  const baseImage = job.base?.images.get(name) ?? null;
  const { arms, settled, blocksBefore } = planArms(
    { ...job.proven, config, samples, hasBase: baseImage !== null },
    name,
  );
  if (arms === 'decided') job.log(`${name} · everything was decided in an earlier attempt`);
  if (typeof arms === 'string') return arms;
  const declared = samples.header.looks.comparisons.filter((one) => one.function === name);
  const isColdOnly = declared.length > 0 && declared.every(({ metric }) => metric === 'cold_start');
  const tailed = samples.header.looks.comparisons.some(
    ({ metric }) => metric === 'latency_p95' || metric === 'latency_p99',
  );
  const standings = followStandings(job, name, settled);
  const reason = await measureFunction({
    function: name,
    images: { head: fn.image, base: baseImage },
    arms,
    events: await readEvents(fn.config.events),
    resources: config.resources,
    measure: { ...measureFor(config, isColdOnly), timeMs: timeFor(job, functionsLeft) },
    isColdOnly,
    tail: tailed ? config.measure.invocations : 0,
    nextContext: job.claim.nextContext,
    seed: samples.header.seed,
    attempt: samples.header.attempt,
    writer: job.writer,
    signal: job.signal,
    log: job.log,
    blocksNeeded: Math.max(config.measure.minBlocks, fewestToDecide(samples.header.looks.comparisons.length)),
    blocksBefore,
    onBlock: standings.onBlock,
  });
  return reason === 'decided' && standings.hasHopeless() ? 'undecidable' : reason;
}

/** More warm invocations say nothing more of a cold start. */
function measureFor({ measure }: Config, isColdOnly: boolean): Config['measure'] {
  return isColdOnly ? { ...measure, invocations: Math.min(measure.invocations, FEWEST_INVOCATIONS) } : measure;
}

/** The job's budget is shared out evenly over the functions that are still to come. */
function timeFor({ config, deadlineMs }: MeasureJob, functionsLeft: number): number {
  if (deadlineMs === null) return config.measure.timeMs;
  return Math.min(config.measure.timeMs, Math.max(0, deadlineMs - performance.now()) / functionsLeft);
}

async function readEvents(paths: string[]): Promise<unknown[]> {
  if (paths.length === 0) return [{}];
  return Promise.all(paths.map(async (path) => JSON.parse(await readFile(path, 'utf8'))));
}

async function recordBuildFailure({ config, writer }: MeasureJob, fn: BuiltFunction): Promise<void> {
  const block = writer.nextBlock(fn.config.name);
  const arms = [{ isolation: config.control, arm: 'control', revision: 'head' } as const];
  await writer.write({ type: 'block', function: fn.config.name, block, arms });
  await writer.write(buildFailure(config.control, block, fn));
}

const buildFailure = (control: string, block: number, { config, failure }: BuiltFunction): InstanceRecord => ({
  type: 'instance',
  block,
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
