/** The pilot's first round: whether each arm runs at all, how long a call takes in it, and an empty round trip. */

import { median } from 'simple-statistics';
import type { ArmCost } from './arm-cost.ts';
import { GIVE_UP_BLOCKS } from './arm-roster.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import { logFailure, runArm, toRecord } from './run-arm.ts';
import type { InstanceOutcome, InstancePlan } from './run-instance.ts';
import { writeBlock } from './write-block.ts';

export interface Trial {
  callMs: number;
  emptyMs: number;
  /** The whole instance without its calls. */
  fixedMs: number;
}

const toTrial = (outcome: InstanceOutcome, ms: number): Trial => {
  const calls = [...outcome.emptyMs, ...outcome.warmup_ms, ...outcome.latency_ms];
  return {
    callMs: median(outcome.latency_ms),
    emptyMs: median(outcome.emptyMs),
    fixedMs: Math.max(0, ms - calls.reduce((sum, call) => sum + call, 0)),
  };
};

/** @param tail calls of the tail phase, with `repeat` 1 */
export const costOfTrial = ({ callMs, emptyMs, fixedMs }: Trial, repeat: number, tail: number): ArmCost => ({
  fixedMs: fixedMs + tail * callMs,
  messageMs: emptyMs + repeat * Math.max(0, callMs - emptyMs),
});

/**
 * Trials of the arms that work, the control's first. Null when the control cannot run: its failures go on record as blocks
 * of their own. A single failure of it does not: what the blocks show counts.
 */
export async function tryArms(job: FunctionMeasurement, plan: InstancePlan): Promise<Map<ArmPlan, Trial> | null> {
  const trials = new Map<ArmPlan, Trial>();
  const [control, ...others] = job.arms as [ArmPlan, ...ArmPlan[]];
  const failures: InstanceOutcome[] = [];
  while (!trials.has(control)) {
    const startMs = performance.now();
    const outcome = await runArm(job, control, plan);
    if (outcome.status === 'ok') trials.set(control, toTrial(outcome, performance.now() - startMs));
    else {
      failures.push(outcome);
      logFailure(job, control, outcome);
    }
    // What takes the whole time limit once will do so again.
    if (outcome.status === 'timeout' || failures.length === GIVE_UP_BLOCKS) {
      for (const failure of failures)
        await job.writer.write(toRecord(job, control, await writeBlock(job, [control]), 0, failure));
      return null;
    }
  }
  for (const arm of others) {
    // A twin tells nothing that the control did not, and a base is taken to cost what its head does.
    if (arm.arm === 'twin' || arm.revision === 'base' || arm.orientation) continue;
    const startMs = performance.now();
    const outcome = await runArm(job, arm, plan);
    if (outcome.status === 'ok') trials.set(arm, toTrial(outcome, performance.now() - startMs));
  }
  return trials;
}
