/** What arms without a limit get: a few short blocks, with controls of their own, after the arms that decide something. */

import { sum } from 'simple-statistics';
import type { ArmRoster } from './arm-roster.ts';
import type { Deadlines, FunctionMeasurement, FunctionPlan } from './function-measurement.ts';
import { runBlock } from './run-block.ts';

/** Their share of `measure.time` where the arms that decide left less of it. */
const ALLOWANCE = 0.25;
/** Numbers of an emulated arm say nothing about real hardware, so two blocks show what there is to see. */
const EMULATED_BLOCKS = 2;
const SHORT = { warmup: 1, invocations: 5 };
/** Calls of one instance end after this time, once there is one of each kind. */
const CALLS_MS = 2_000;

/** Measures as many blocks as a decision would need, within the allowance. At least one block is measured, within the cap. */
export async function measureForOrientation(
  job: FunctionMeasurement,
  plan: FunctionPlan,
  roster: ArmRoster,
  { targetMs, capMs }: Deadlines,
): Promise<void> {
  const startMs = performance.now();
  const allowanceMs = Math.max(targetMs - startMs, ALLOWANCE * job.measure.timeMs);
  const endMs = Math.min(startMs + allowanceMs, capMs);
  const instance = {
    ...plan.instance,
    warmup: Math.min(plan.instance.warmup, SHORT.warmup),
    invocations: Math.min(plan.instance.invocations, SHORT.invocations),
    tail: 0,
    callsMs: CALLS_MS,
  };
  let lastMs = 0;
  for (let block = 0; block < job.blocksNeeded; block++) {
    job.onProgress({ stage: 'orientation', leftMs: Math.max(0, endMs - performance.now()) });
    const arms = roster.orientationArms(block < EMULATED_BLOCKS);
    if (arms.length === 0 || performance.now() + lastMs > (block === 0 ? capMs : endMs)) return;
    if (block === 0) {
      const names = arms.filter(({ arm }) => arm === 'treatment').map(({ isolation }) => isolation.config.name);
      job.log(
        `${job.function} · ${names.join(', ')}: no verdict depends on it; at most ${job.blocksNeeded} short blocks in ${Math.max(0, (endMs - startMs) / 1000).toFixed(0)} s`,
      );
    }
    lastMs = sum([...(await runBlock(job, instance, roster, arms, block, true)).values()]);
  }
}
