/** Blocks of one function: a fresh instance of every arm a block, in balanced random order, until somebody says stop. */

import { median } from 'simple-statistics';
import { messageOf } from '../errors.ts';
import type {
  Arm,
  EndRecord,
  FunctionImage,
  InstanceRecord,
  Isolation,
  MeasureConfig,
  Resources,
  StartContext,
} from '../types.ts';
import { chooseRepeat } from './calibrate.ts';
import { dropCaches, warmFiles } from './page-cache.ts';
import { type InstanceOutcome, type InstancePlan, runInstance } from './run-instance.ts';
import type { SamplesWriter } from './samples-writer.ts';
import { balancedOrders } from './schedule.ts';

export interface ArmPlan {
  isolation: Isolation;
  arm: Arm;
  emulated: boolean;
  /** Decides nothing: a few blocks with few invocations show that it runs and about how it does. */
  orientation: boolean;
}

export interface FunctionMeasurement {
  function: string;
  image: FunctionImage;
  /** The control first. */
  arms: ArmPlan[];
  events: unknown[];
  resources: Resources;
  measure: MeasureConfig;
  /** Invocations of the tail phase, 0 when no tail metric is wanted. */
  tail: number;
  /** A context with an instance id of its own. */
  nextContext: (startTimeoutMs: number) => StartContext;
  seed: number;
  writer: SamplesWriter;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Blocks before a first decision can fall. */
  blocksNeeded: number;
  /** After every complete block. `true` ends this function: everything is decided. */
  onBlock: (completeBlocks: number) => Promise<boolean>;
}

const EMPTY_ROUND_TRIPS = 10;
/** An arm whose every instance failed in this many blocks is left out of the rest. */
const GIVE_UP_BLOCKS = 2;
/** Guests on emulated hardware are 15 to 20 times slower (docs/isolations.md). */
const EMULATED_FACTOR = 20;
/** Arms for orientation must not take the time of those that decide. */
const ORIENTATION = { blocks: 2, warmup: 1, invocations: 5 };

export async function measureFunction(job: FunctionMeasurement): Promise<EndRecord['reason']> {
  await prepareImage(job);
  const deadline = performance.now() + job.measure.timeMs;
  const plan = await pilot(job);
  if (plan === null) return 'failed';

  const failures = new Map<ArmPlan, number>();
  const lastMs = new Map<ArmPlan, number>();
  let arms = job.arms;
  let orders = balancedOrders(arms.length, `${job.seed}/${job.function}`);
  for (let block = 0; block < job.measure.maxBlocks; block++) {
    const present = arms.filter((arm) => block < blocksOf(arm, job) && (failures.get(arm) ?? 0) < GIVE_UP_BLOCKS);
    if (present.length !== arms.length) {
      arms = present;
      orders = balancedOrders(arms.length, `${job.seed}/${job.function}/${block}`);
    }
    if (!isComparable(arms)) return block === 0 ? 'failed' : 'decided';
    const startMs = performance.now();
    for (const [position, index] of orders.next().value.entries()) {
      const arm = arms[index] as ArmPlan;
      const armStartMs = performance.now();
      const outcome = await runArm(job, arm, plan);
      lastMs.set(arm, performance.now() - armStartMs);
      await job.writer.write(toRecord(job, arm, block, position, outcome));
      if (outcome.status !== 'ok') {
        failures.set(arm, (failures.get(arm) ?? 0) + 1);
        job.log(`${job.function} · ${label(arm)}: ${outcome.status}: ${outcome.error}`);
      } else failures.set(arm, Number.NEGATIVE_INFINITY);
    }
    job.log(`${job.function} · block ${block + 1} in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
    if (await job.onBlock(block + 1)) return 'decided';
    const nextMs = expectedMs(
      arms.filter((arm) => block + 1 < blocksOf(arm, job)),
      lastMs,
    );
    if (block === 0) {
      const laterMs = expectedMs(
        arms.filter((arm) => !arm.orientation),
        lastMs,
      );
      warnOfTooLittleTime(job, 1 + Math.max(0, Math.floor((deadline - performance.now()) / laterMs)));
    }
    if (performance.now() + nextMs > deadline) return 'time';
  }
  return 'cap';
}

/** What fails here fails again, and on record, at the arm's first start. */
async function prepareImage(job: FunctionMeasurement): Promise<void> {
  const isolations = new Set(job.arms.map((arm) => arm.isolation).filter(({ prepare }) => prepare));
  if (isolations.size === 0) return;
  const context = job.nextContext(job.measure.timeoutMs);
  for (const isolation of isolations)
    await isolation.prepare?.(job.image, context).catch((error: unknown) => {
      job.signal.throwIfAborted();
      job.log(`${job.function} · ${isolation.config.name}: ${messageOf(error)}`);
    });
}

const expectedMs = (arms: ArmPlan[], lastMs: Map<ArmPlan, number>): number =>
  arms.reduce((sum, arm) => sum + (lastMs.get(arm) ?? 0), 0);

function warnOfTooLittleTime(job: FunctionMeasurement, blocksThatFit: number): void {
  if (blocksThatFit < job.blocksNeeded)
    job.log(
      `${job.function} · about ${blocksThatFit} blocks fit into measure.time, and a first decision needs ${job.blocksNeeded}: give it more`,
    );
}

/** Without a control, or with the control alone, a block says nothing. */
const isComparable = (arms: ArmPlan[]): boolean =>
  arms.some((arm) => arm.arm === 'control') && arms.some((arm) => arm.arm === 'treatment');

/**
 * One block that is thrown away: it fills caches, and fixes `repeat` for good from the control's latency and the slowest
 * empty round trip. Null when the control cannot run: its failures are on record as blocks of their own.
 */
async function pilot(job: FunctionMeasurement): Promise<InstancePlan | null> {
  const { measure } = job;
  const trial: InstancePlan = {
    invocations: Math.max(3, Math.min(measure.invocations, 10)),
    warmup: measure.warmup,
    repeat: 1,
    tail: 0,
    empty: EMPTY_ROUND_TRIPS,
    invokeTimeoutMs: measure.timeoutMs,
  };
  const [control, ...others] = job.arms as [ArmPlan, ...ArmPlan[]];
  const controlOutcome = await runControl(job, control, trial);
  if (controlOutcome === null) return null;
  const emptyMs: Record<string, number> = { [control.isolation.config.name]: median(controlOutcome.emptyMs) };
  for (const arm of others) {
    // `repeat` follows the slowest gated arm; a twin tells nothing that the control did not.
    if (arm.arm === 'twin' || arm.orientation) continue;
    const outcome = await runArm(job, arm, trial);
    if (outcome.status === 'ok') emptyMs[arm.isolation.config.name] = median(outcome.emptyMs);
  }
  const controlMs = median(controlOutcome.latency_ms);
  const repeat = chooseRepeat(controlMs, Math.max(...Object.values(emptyMs)));
  await job.writer.write({
    type: 'calibration',
    function: job.function,
    repeat,
    warmup: measure.warmup,
    invocations: measure.invocations,
    blocks: measure.maxBlocks,
    empty_ms: emptyMs,
    control_ms: controlMs,
  });
  job.log(`${job.function} · pilot: control ${controlMs.toFixed(2)} ms a call, repeat ${repeat}`);
  return { ...trial, invocations: measure.invocations, repeat, tail: job.tail, empty: 0 };
}

async function runControl(
  job: FunctionMeasurement,
  control: ArmPlan,
  trial: InstancePlan,
): Promise<InstanceOutcome | null> {
  for (let attempt = 0; attempt < GIVE_UP_BLOCKS; attempt++) {
    const outcome = await runArm(job, control, trial);
    if (outcome.status === 'ok') return outcome;
    job.log(`${job.function} · ${label(control)}: ${outcome.status}: ${outcome.error}`);
    await job.writer.write(toRecord(job, control, attempt, 0, outcome));
    // What takes the whole time limit once will do so again.
    if (outcome.status === 'timeout') return null;
  }
  return null;
}

async function runArm(job: FunctionMeasurement, arm: ArmPlan, plan: InstancePlan): Promise<InstanceOutcome> {
  job.signal.throwIfAborted();
  if (job.measure.cache === 'cold') await dropCaches();
  else await warmFiles(job.image.warmFiles);
  const factor = arm.emulated ? EMULATED_FACTOR : 1;
  return runInstance(
    arm.isolation,
    job.image,
    job.resources,
    job.nextContext(job.measure.timeoutMs * factor),
    job.events,
    { ...(arm.orientation ? orientationPlan(plan) : plan), invokeTimeoutMs: plan.invokeTimeoutMs * factor },
  );
}

const blocksOf = (arm: ArmPlan, job: FunctionMeasurement): number =>
  arm.orientation ? ORIENTATION.blocks : job.measure.maxBlocks;

const orientationPlan = (plan: InstancePlan): InstancePlan => ({
  ...plan,
  warmup: Math.min(plan.warmup, ORIENTATION.warmup),
  invocations: Math.min(plan.invocations, ORIENTATION.invocations),
  tail: 0,
});

const label = (arm: ArmPlan): string =>
  arm.arm === 'twin' ? `${arm.isolation.config.name} (twin)` : arm.isolation.config.name;

function toRecord(
  job: FunctionMeasurement,
  arm: ArmPlan,
  block: number,
  position: number,
  outcome: InstanceOutcome,
): InstanceRecord {
  const { emptyMs: _, stderrTail, ...measured } = outcome;
  return {
    type: 'instance',
    block,
    position,
    function: job.function,
    revision: 'head',
    isolation: arm.isolation.config.name,
    arm: arm.arm,
    ...measured,
    ...(arm.emulated && { emulated: true }),
    ...(stderrTail && measured.status !== 'ok' && { stderr: stderrTail.slice(-2000) }),
  };
}
