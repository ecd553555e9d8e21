/** The instances that the pilot runs and throws away. */

import { median, sum } from 'simple-statistics';
import { GIVE_UP_BLOCKS } from './arm-roster.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import type { ArmCost, PilotRounds } from './plan-pilot.ts';
import type { ArmSeries } from './read-series.ts';
import { logFailure, runArm, toRecord, writeBlock } from './run-arm.ts';
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
 * The first round, for every arm that can tell something: whether it runs at all, how long a call takes, and how long an empty
 * round trip. The control comes first. A single failure of the control is not recorded, because the blocks will show it.
 * @returns null when the control cannot run; its failures are then on record as blocks of their own
 */
export async function tryArms(job: FunctionMeasurement, plan: InstancePlan): Promise<Map<ArmPlan, Trial> | null> {
  const trials = new Map<ArmPlan, Trial>();
  const [control, ...others] = job.arms as [ArmPlan, ...ArmPlan[]];
  const failures: InstanceOutcome[] = [];
  while (!trials.has(control)) {
    const { outcome, ms } = await timeArm(job, control, plan, 0);
    if (outcome.status === 'ok') trials.set(control, toTrial(outcome, ms));
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
    const { outcome, ms } = await timeArm(job, arm, plan, 0);
    if (outcome.status === 'ok') trials.set(arm, toTrial(outcome, ms));
  }
  return trials;
}

const toTrial = ({ emptyMs, warmup_ms, latency_ms }: InstanceOutcome, ms: number): Trial => ({
  callMs: median(latency_ms),
  emptyMs: median(emptyMs),
  fixedMs: Math.max(0, ms - sum([...emptyMs, ...warmup_ms, ...latency_ms])),
});

/** @param tail calls of the tail phase, which have `repeat` 1 */
export const toArmCost = ({ callMs, emptyMs, fixedMs }: Trial, repeat: number, tail: number): ArmCost => ({
  fixedMs: fixedMs + tail * callMs,
  messageMs: emptyMs + repeat * Math.max(0, callMs - emptyMs),
});

export interface MeasuredArm {
  series: ArmSeries;
  /** As these instances show it, now that caches are warm; null where all failed. */
  cost: ArmCost | null;
}

/** Rounds of one instance of each arm without a warm-up, so that all values are seen from the first on. */
export async function runSeries(
  job: FunctionMeasurement,
  arms: ArmPlan[],
  plan: Pick<InstancePlan, 'repeat' | 'invokeTimeoutMs'>,
  { rounds, length }: PilotRounds,
): Promise<Map<ArmPlan, MeasuredArm>> {
  const runs = new Map(arms.map((arm) => [arm, [] as ({ values: number[]; ms: number } | null)[]]));
  for (let round = 0; round < rounds; round++)
    for (const [arm, own] of runs) {
      const series = { ...plan, invocations: length, warmup: 0, empty: 0, tail: 0 };
      const { outcome, ms } = await timeArm(job, arm, series, round);
      own.push(outcome.status === 'ok' ? { values: outcome.latency_ms, ms } : null);
    }
  return new Map(
    [...runs].map(([arm, own]) => {
      const good = own.filter((run) => run !== null);
      const cost =
        good.length === 0
          ? null
          : {
              fixedMs: median(good.map(({ values, ms }) => Math.max(0, ms - sum(values) * plan.repeat))),
              messageMs: median(good.flatMap(({ values }) => values)) * plan.repeat,
            };
      return [arm, { series: own.map((run) => run?.values ?? null), cost }];
    }),
  );
}

const timeArm = async (
  job: FunctionMeasurement,
  arm: ArmPlan,
  plan: InstancePlan,
  turn: number,
): Promise<{ outcome: InstanceOutcome; ms: number }> => {
  const startMs = performance.now();
  const outcome = await runArm(job, arm, plan, turn);
  return { outcome, ms: performance.now() - startMs };
};
