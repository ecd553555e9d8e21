/** What arms without a limit get: a few short blocks, with controls of their own, after everything that decides something. */

import { sum } from 'simple-statistics';
import { formatDuration } from '../lib/format.ts';
import type { ArmRoster } from './arm-roster.ts';
import type { FunctionMeasurement, FunctionPlan } from './function-measurement.ts';
import { runBlock } from './run-block.ts';

/** Numbers of an emulated arm say nothing about real hardware, so that one block shows what there is to see. */
const EMULATED_BLOCKS = 1;
const SHORT = { warmup: 1, invocations: 5 };
/** Calls of one instance end after this time, once one was measured. */
const CALLS_MS = 2_000;
/** An instance may take so long even where the allowance is shorter: as long as any that the probe saw working. */
const LEAST_INSTANCE_MS = 60_000;

/** Measures as many blocks as a decision would need, within the allowance. One is measured at least, if there is any. */
export async function measureForOrientation(
  job: FunctionMeasurement,
  plan: FunctionPlan,
  roster: ArmRoster,
  allowanceMs: number,
): Promise<void> {
  const endMs = performance.now() + allowanceMs;
  const instance = {
    ...plan.instance,
    warmup: Math.min(plan.instance.warmup, SHORT.warmup),
    invocations: Math.min(plan.instance.invocations, SHORT.invocations),
    tail: 0,
    callsMs: CALLS_MS,
  };
  let lastMs = 0;
  for (let block = 0; block < job.blocksNeeded; block++) {
    const arms = roster.orientationArms(block < EMULATED_BLOCKS);
    const nowMs = performance.now();
    if (arms.length === 0 || allowanceMs <= 0 || (block > 0 && nowMs + lastMs > endMs)) return;
    job.onProgress({ stage: 'orientation', leftMs: Math.max(0, endMs - nowMs) });
    if (block === 0) {
      const names = arms.filter(({ arm }) => arm === 'treatment').map(({ isolation }) => isolation.config.name);
      const isOne = job.blocksNeeded === 1 || roster.orientationArms(false).length === 0;
      const most = isOne ? 'one short block' : `at most ${job.blocksNeeded} short blocks`;
      job.log(
        `${job.function} · ${names.join(', ')}: no verdict depends on it; ${most} in about ${formatDuration(allowanceMs)}`,
      );
    }
    const limitMs = Math.max(LEAST_INSTANCE_MS, endMs - nowMs);
    lastMs = sum([...(await runBlock(job, instance, roster, arms, block, { limitMs })).values()]);
  }
}
