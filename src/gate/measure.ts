/** Measures function after function, and asks after every block whether more are needed. */

import { relative } from 'node:path';
import { fewestToDecide } from '../decide/plan-looks.ts';
import type { HostClaim } from '../isolation/cleanup/claim-host.ts';
import { createAnswerBook } from '../measure/answer-book.ts';
import { countSent } from '../measure/event-feed.ts';
import { secretHider } from '../measure/hide-secrets.ts';
import { measureFunction } from '../measure/measure-function.ts';
import { FEWEST_INVOCATIONS } from '../measure/plan-blocks.ts';
import type { Config } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import type { DeclaredComparison, EndRecord, Samples, SamplesHeader } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import type { EarlierRun } from '../samples/read-samples.ts';
import { openSamples, type SamplesWriter } from '../samples/samples-writer.ts';
import { planArms } from './arms.ts';
import type { BuiltBase } from './base.ts';
import type { BuiltFunction } from './images.ts';
import { readEvents } from './read-events.ts';
import { createStoppingRule } from './stopping-rule.ts';
import { tellProgress } from './tell-progress.ts';

export interface MeasureJob {
  config: Config;
  built: BuiltFunction[];
  /** Null where no base runs beside the head. */
  base: BuiltBase | null;
  proven: ProvenHost;
  claim: HostClaim;
  header: SamplesHeader;
  earlier: EarlierRun | null;
  /** File that the samples are written to, record by record. */
  path: string;
  /** Of the whole run, on the clock of `performance.now()`; null for none. */
  deadlineMs: number | null;
}

type StepEnv = Pick<Env, 'log' | 'progress' | 'signal'>;

/** Resolves also where it is interrupted: with everything that was measured until then, all of which is on disk. */
export async function measureFunctions(job: MeasureJob, env: StepEnv): Promise<Samples> {
  const writer = await openSamples(job.path, job.header, job.earlier);
  try {
    const reasons = await measureInTurn(job, writer, env);
    // The run ended as its worst-ended function did.
    const order: EndRecord['reason'][] = ['interrupted', 'time', 'cap', 'undecidable', 'failed', 'decided'];
    await writer.write({ type: 'end', reason: order.find((reason) => reasons.includes(reason)) ?? 'failed' });
    return writer.samples();
  } finally {
    await writer.close();
  }
}

async function measureInTurn(job: MeasureJob, writer: SamplesWriter, env: StepEnv): Promise<EndRecord['reason'][]> {
  const reasons: EndRecord['reason'][] = [];
  for (const [index, fn] of job.built.entries())
    try {
      reasons.push(await measureOne(job, fn, job.built.length - index, writer, env));
    } catch (error) {
      if (!env.signal.aborted) throw error;
      env.log('interrupted: deciding on what was measured');
      return [...reasons, 'interrupted'];
    }
  return reasons;
}

async function measureOne(
  job: MeasureJob,
  fn: BuiltFunction,
  functionsLeft: number,
  writer: SamplesWriter,
  { log, progress, signal }: StepEnv,
): Promise<EndRecord['reason']> {
  const { config, header, claim } = job;
  const { name } = fn.config;
  signal.throwIfAborted();
  if (fn.image === null) {
    await recordBuildFailure(config.control, fn, writer);
    return 'failed';
  }
  const baseImage = job.base?.images.get(name) ?? null;
  const { arms, settled, blocksBefore } = planArms(name, config, job.proven, writer.samples(), baseImage !== null);
  if (arms === 'decided') log(`${name} · everything was decided in an earlier attempt`);
  if (typeof arms === 'string') return arms;
  const { comparisons } = header.looks;
  const declared = comparisons.filter((one) => one.function === name);
  const isColdOnly = declared.length > 0 && declared.every(({ metric }) => metric === 'cold_start');
  const { expect, deterministic, events } = fn.config;
  const files = events.map((path) => relative(config.workspace ?? '/', path));
  const rules = { files, expect, deterministic, hide: secretHider(fn.image.env.taken) };
  const stoppingRule = createStoppingRule(name, config, writer, settled, log);
  const place = { function: name, place: job.built.length - functionsLeft + 1, of: job.built.length };
  const teller = tellProgress(place, stoppingRule, progress);
  const reason = await measureFunction({
    function: name,
    images: { head: fn.image, base: baseImage },
    arms,
    events: await readEvents(fn.config.events),
    sentBefore: countSent(name, writer.samples().instances),
    answers: { head: createAnswerBook(rules), base: createAnswerBook(rules) },
    resources: config.resources,
    measure: { ...limitInvocations(config, isColdOnly), ...shareTime(job, functionsLeft) },
    isColdOnly,
    tail: comparisons.some(isOfTail) ? config.measure.invocations : 0,
    nextContext: claim.nextContext,
    seed: header.seed,
    attempt: header.attempt,
    writer,
    signal,
    log,
    blocksNeeded: Math.max(config.measure.minBlocks, fewestToDecide(comparisons.length)),
    blocksBefore,
    onBlock: stoppingRule.onBlock,
    onProgress: teller.measuring,
  }).catch((error: unknown) => {
    if (signal.aborted) teller.done('interrupted');
    throw error;
  });
  const end = reason === 'decided' && stoppingRule.hasFutile() ? 'undecidable' : reason;
  teller.done(end);
  return end;
}

const isOfTail = ({ metric }: DeclaredComparison): boolean => metric === 'latency_p95' || metric === 'latency_p99';

/** More warm invocations tell nothing more about a cold start. */
const limitInvocations = ({ measure }: Config, isColdOnly: boolean): Config['measure'] =>
  isColdOnly ? { ...measure, invocations: Math.min(measure.invocations, FEWEST_INVOCATIONS) } : measure;

/** What is left of the run's time is shared evenly among the functions that are still to come. */
function shareTime(
  { config: { measure }, deadlineMs }: MeasureJob,
  functionsLeft: number,
): Pick<Config['measure'], 'timeMs' | 'maxTimeMs'> {
  const shareMs = deadlineMs === null ? Infinity : Math.max(0, deadlineMs - performance.now()) / functionsLeft;
  return { timeMs: Math.min(measure.timeMs, shareMs), maxTimeMs: Math.min(measure.maxTimeMs, shareMs) };
}

async function recordBuildFailure(
  control: string,
  { config, failure }: BuiltFunction,
  writer: SamplesWriter,
): Promise<void> {
  const block = writer.nextBlock(config.name);
  const arm = { isolation: control, arm: 'control', revision: 'head' } as const;
  await writer.write({ type: 'block', function: config.name, block, arms: [arm] });
  await writer.write({
    type: 'instance',
    block,
    position: 0,
    function: config.name,
    ...arm,
    status: failure?.status ?? 'start-failed',
    phase: 'build',
    error: failure?.message ?? 'the image could not be built',
    phases_ms: { created: null, booted: null, ready: null, first_response: null },
    metrics: {},
    repeat: 1,
    warmup_ms: [],
    latency_ms: [],
  });
}
