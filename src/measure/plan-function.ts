/** From what the pilot found to the plan of one function's blocks, which is on record before the first of them. */

import { formatDuration, formatMaxTime } from '../lib/format.ts';
import type { FunctionMeasurement, FunctionPlan, TimeLimits } from './function-measurement.ts';
import type { PilotResult } from './pilot.ts';
import { decisionMs, findUnfit, mostBlocks, planBlocks } from './plan-blocks.ts';
import { instanceMs } from './plan-pilot.ts';

/** @param limits what is left of them */
export async function planFunction(
  job: FunctionMeasurement,
  { repeat, controlMs, emptyMs, parts: all, warmUp, components, stoppedMs, tookMs }: PilotResult,
  limits: TimeLimits,
): Promise<FunctionPlan> {
  const { measure } = job;
  const blocksMs = findUnfit(all, limits.maxTimeMs);
  const { blocksNeeded, blocksBefore } = job;
  // What is known of an instance that was stopped is how long it takes at the least.
  const ofStopped = Object.entries(stoppedMs).map(([isolation, ms]) => [isolation, (blocksNeeded - blocksBefore) * ms]);
  const unfitMs: Record<string, number> = Object.fromEntries(
    [...Object.entries(blocksMs), ...ofStopped].map(([isolation, ms]) => [isolation, tookMs + Number(ms)]),
  );
  const parts = all.filter(({ isolation, isControl }) => isControl || !Object.hasOwn(unfitMs, isolation));
  const plan = planBlocks({
    ...{ parts, warmUp, components, blocksNeeded, blocksBefore, measure },
    timeLeftMs: limits.timeMs,
    events: job.events.length,
  });
  const { warmup, invocations, blocks } = plan;
  const slowPart = plan.slow === null ? undefined : parts[plan.slow.index];
  const slow = plan.slow && slowPart ? { isolation: slowPart.isolation, stride: plan.slow.stride } : null;
  await job.writer.write({
    type: 'calibration',
    function: job.function,
    repeat,
    warmup,
    invocations,
    blocks,
    empty_ms: emptyMs,
    control_ms: controlMs,
    ...(Object.keys(unfitMs).length > 0 && { unfit_ms: unfitMs }),
    ...(Object.keys(stoppedMs).length > 0 && { stopped_ms: stoppedMs }),
  });
  const chosen = `repeat ${repeat}, warm-up ${warmup}, ${invocations} invocations, at most ${blocks} blocks`;
  const seldom = slow ? `; ${slow.isolation} in one block of ${slow.stride} until the rest is done` : '';
  const expected = mostBlocks(parts);
  const expectedMs = decisionMs(parts, ({ cost }) => instanceMs(cost, warmup + invocations));
  const forecast = expected > 0 ? `; ${expected} may do, which takes about ${formatDuration(expectedMs)}` : '';
  const call = `${job.function} · pilot: control ${controlMs.toFixed(2)} ms a call`;
  if (expected > 0 || Object.keys(unfitMs).length === 0) job.log(`${call}, ${chosen}${seldom}${forecast}`);
  else job.log(call);
  for (const [isolation, ms] of Object.entries(unfitMs))
    job.log(tellUnfit(job, isolation, ms, stoppedMs[isolation] ?? null, limits));
  return {
    instance: { invokeTimeoutMs: measure.timeoutMs, warmup, invocations, repeat, tail: job.tail, empty: 0 },
    blocks,
    floor: blocksNeeded,
    unfitMs,
    slow,
  };
}

/** Said at once, so that nobody has to wait for the report. */
const tellUnfit = (
  { function: name, measure }: FunctionMeasurement,
  isolation: string,
  ms: number,
  stoppedMs: number | null,
  { isOfBudget }: TimeLimits,
): string => {
  const stopped =
    stoppedMs === null
      ? 'a decision would take about'
      : `its first instance was stopped after ${formatDuration(stoppedMs)}, and a decision would take more than`;
  const start = `${name} · ${isolation}: not measured, because ${stopped} ${formatDuration(ms)}`;
  return isOfBudget
    ? `${start}, more than the run’s time budget leaves`
    : `${start}, and measure.max_time allows ${formatDuration(measure.maxTimeMs)}; set ${formatMaxTime(ms)}`;
};
