/** The instances that the pilot runs and throws away. */

import { median, sum } from 'simple-statistics';
import { GIVE_UP_BLOCKS } from './arm-roster.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import type { ArmCost, PilotRounds } from './plan-pilot.ts';
import type { ArmSeries } from './read-series.ts';
import { logFailure, runArm, timeoutOf, toRecord, writeBlock } from './run-arm.ts';
import type { InstanceOutcome, InstancePlan } from './run-instance.ts';

/** What the first round shows of an arm. */
export interface Trial {
  callMs: number;
  /** An empty round trip. */
  emptyMs: number;
  /** The whole instance without its calls. */
  fixedMs: number;
}

/**
 * Of the time up to the cap that is left, the first instance of a treatment may take so much: a decision takes three more at the
 * least. So an arm that is too slow is known to be, and leaves the others their time.
 */
const FIRST_INSTANCE_SHARE = 0.25;

/** What the first round showed. */
export interface TriedArms {
  trials: Map<ArmPlan, ArmRun>;
  /** By isolation: after how long its first instance was stopped, because no decision would have fit any more. */
  stoppedMs: Record<string, number>;
}

/**
 * The first round, for every arm that can tell something: whether it runs at all, how long a call takes, and how long an empty
 * round trip. The control comes first. A single failure of the control is not recorded, because the blocks will show it.
 * @returns null when the control cannot run; its failures are then on record as blocks of their own
 */
export async function tryArms(job: FunctionMeasurement, plan: InstancePlan): Promise<TriedArms | null> {
  const endMs = performance.now() + job.measure.maxTimeMs;
  const trials = new Map<ArmPlan, ArmRun>();
  const stoppedMs: Record<string, number> = {};
  const [control, ...others] = job.arms as [ArmPlan, ...ArmPlan[]];
  const failures: InstanceOutcome[] = [];
  while (!trials.has(control)) {
    const run = await timeArm(job, control, plan, 0);
    const { outcome } = run;
    if (outcome.status === 'ok') trials.set(control, run);
    else {
      failures.push(outcome);
      logFailure(job, control, outcome);
    }
    // A control that takes the whole time limit once would do so again.
    if (outcome.status === 'timeout' || failures.length === GIVE_UP_BLOCKS) {
      for (const failure of failures)
        await job.writer.write(toRecord(job, control, await writeBlock(job, [control]), 0, failure));
      return null;
    }
  }
  for (const arm of others) {
    // An A/A control tells nothing that the control does not, and a base is taken to cost what its head does.
    if (arm.arm === 'twin' || arm.revision === 'base' || arm.orientation) continue;
    const limitMs = Math.max(1, Math.round(FIRST_INSTANCE_SHARE * (endMs - performance.now())));
    const run = await timeArm(job, arm, plan, 0, limitMs);
    if (run.outcome.status === 'ok') trials.set(arm, run);
    else if (run.outcome.status === 'timeout' && limitMs < timeoutOf(job, arm))
      stoppedMs[arm.isolation.config.name] = limitMs;
  }
  return { trials, stoppedMs };
}

export const toTrial = ({ outcome: { emptyMs, warmup_ms, latency_ms }, ms }: ArmRun): Trial => ({
  callMs: median(latency_ms),
  emptyMs: median(emptyMs),
  fixedMs: Math.max(0, ms - sum([...emptyMs, ...warmup_ms, ...latency_ms])),
});

/** @param tail calls of the tail phase, which have `repeat` 1 */
export const toArmCost = ({ callMs, emptyMs, fixedMs }: Trial, repeat: number, tail: number): ArmCost => ({
  fixedMs: fixedMs + tail * callMs,
  messageMs: emptyMs + repeat * Math.max(0, callMs - emptyMs),
});

/** One instance, and how long it took. */
export interface ArmRun {
  outcome: InstanceOutcome;
  ms: number;
}

/** Rounds of one instance of each arm without a warm-up, so that all values are seen from the first on. */
export async function runSeries(
  job: FunctionMeasurement,
  arms: ArmPlan[],
  plan: Pick<InstancePlan, 'repeat' | 'invokeTimeoutMs'>,
  { rounds, length }: PilotRounds,
): Promise<Map<ArmPlan, ArmRun[]>> {
  const runs = new Map(arms.map((arm) => [arm, [] as ArmRun[]]));
  for (let round = 0; round < rounds; round++)
    for (const [arm, own] of runs) {
      const series = { ...plan, invocations: length, warmup: 0, empty: 0, tail: 0 };
      own.push(await timeArm(job, arm, series, round));
    }
  return runs;
}

/** The values of an arm's series, and what it costs now that caches are warm; null where all instances failed. */
export const readRuns = (runs: ArmRun[], repeat: number): { series: ArmSeries; cost: ArmCost | null } => {
  const series = runs.map(({ outcome }) => (outcome.status === 'ok' ? outcome.latency_ms : null));
  const good = runs.filter(({ outcome }) => outcome.status === 'ok');
  if (good.length === 0) return { series, cost: null };
  const cost = {
    fixedMs: median(good.map(({ outcome, ms }) => Math.max(0, ms - sum(outcome.latency_ms) * repeat))),
    messageMs: median(good.flatMap(({ outcome }) => outcome.latency_ms)) * repeat,
  };
  return { series, cost };
};

const timeArm = async (
  job: FunctionMeasurement,
  arm: ArmPlan,
  plan: InstancePlan,
  turn: number,
  limitMs = Number.POSITIVE_INFINITY,
): Promise<ArmRun> => {
  const startMs = performance.now();
  const outcome = await runArm(job, arm, plan, turn, { limitMs });
  return { outcome, ms: performance.now() - startMs };
};
