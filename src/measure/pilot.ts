/** Instances that are thrown away: they fill caches, and show what is to be fixed before the first block. */

import { sum } from 'simple-statistics';
import { formatDuration } from '../lib/format.ts';
import type { ArmPlan, Deadlines, FunctionMeasurement, FunctionPlan } from './function-measurement.ts';
import { type MeasuredArm, runSeries, toArmCost, tryArms } from './pilot-rounds.ts';
import { type BlockPart, FEWEST_INVOCATIONS, findUnfit, planBlocks } from './plan-blocks.ts';
import { type ArmCost, chooseRepeat, instanceMs, planPilot } from './plan-pilot.ts';
import { readSeries } from './read-series.ts';
import type { InstancePlan } from './run-instance.ts';

const EMPTY_ROUND_TRIPS = 10;
const TRIAL_CALLS = { least: 3, most: 10 };
/** One call of a slow function tells enough. */
const TRIAL_CALLS_MS = 1_000;

/** @returns null when the control cannot run; its failures are then on record as blocks of their own */
export async function pilot(job: FunctionMeasurement, { targetMs, capMs }: Deadlines): Promise<FunctionPlan | null> {
  const startMs = performance.now();
  const { measure } = job;
  const trial: InstancePlan = {
    invocations: Math.max(TRIAL_CALLS.least, Math.min(measure.invocations, TRIAL_CALLS.most)),
    warmup: measure.warmup,
    repeat: 1,
    tail: 0,
    empty: EMPTY_ROUND_TRIPS,
    invokeTimeoutMs: measure.timeoutMs,
    callsMs: TRIAL_CALLS_MS,
  };
  const trials = await tryArms(job, trial);
  if (trials === null) return null;
  const arms = [...trials.keys()];
  const controlMs = [...trials.values()][0]?.callMs ?? 1;
  const repeat = chooseRepeat(controlMs, Math.max(...[...trials.values()].map(({ emptyMs }) => emptyMs)));
  const costs = new Map([...trials].map(([arm, one]) => [arm, toArmCost(one, repeat, job.tail)]));
  const measured = await measureSeries(job, costs, { repeat, invokeTimeoutMs: measure.timeoutMs }, startMs);
  for (const [arm, { cost }] of measured)
    if (cost) costs.set(arm, { ...cost, fixedMs: cost.fixedMs + job.tail * (trials.get(arm)?.callMs ?? 0) });

  const all = listBlockParts(job, costs);
  const fewest = Math.max(0, job.blocksNeeded - job.blocksBefore);
  const unfitMs = findUnfit(all, fewest, capMs - performance.now());
  const parts = all.filter(({ isolation, isControl }) => isControl || !Object.hasOwn(unfitMs, isolation));
  const [control = [], ...treatments] = arms.map((arm) => measured.get(arm)?.series ?? []);
  const plan = planBlocks({
    costs: parts.map(({ cost }) => cost),
    controls: parts.filter(({ isControl }) => isControl).length,
    ...readSeries(control, treatments),
    timeLeftMs: targetMs - performance.now(),
    blocksNeeded: job.blocksNeeded,
    blocksBefore: job.blocksBefore,
    events: job.events.length,
    measure,
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
    empty_ms: Object.fromEntries([...trials].map(([arm, { emptyMs }]) => [arm.isolation.config.name, emptyMs])),
    control_ms: controlMs,
    ...(Object.keys(unfitMs).length > 0 && { unfit_ms: unfitMs }),
  });
  const chosen = `repeat ${repeat}, warm-up ${warmup}, ${invocations} invocations, at most ${blocks} blocks`;
  const seldom = slow ? `; ${slow.isolation} in one block of ${slow.stride} until the rest is done` : '';
  job.log(`${job.function} · pilot: control ${controlMs.toFixed(2)} ms a call, ${chosen}${seldom}`);
  for (const [isolation, ms] of Object.entries(unfitMs))
    job.log(
      `${job.function} · ${isolation}: not measured, because the ${job.blocksNeeded} blocks that a decision needs take about ${formatDuration(ms)}, and measure.max_time allows ${formatDuration(measure.maxTimeMs)}`,
    );
  return {
    instance: { invokeTimeoutMs: measure.timeoutMs, warmup, invocations, repeat, tail: job.tail, empty: 0 },
    blocks,
    floor: job.blocksNeeded,
    unfit: new Set(Object.keys(unfitMs)),
    slow,
  };
}

/**
 * What a block holds and what it costs: the controls one by one, then each treatment together with its base. An A/A control
 * is taken to cost what the control does, and a base what its head does.
 */
const listBlockParts = (job: FunctionMeasurement, costs: Map<ArmPlan, ArmCost>): BlockPart[] => {
  const parts = new Map<ArmPlan, BlockPart>();
  for (const arm of job.arms) {
    const isControl = arm.arm !== 'treatment';
    const head = isControl
      ? job.arms[0]
      : job.arms.find((one) => one.arm === 'treatment' && one.revision === 'head' && one.isolation === arm.isolation);
    const cost = head && costs.get(head);
    if (!head || !cost) continue;
    const known = isControl ? undefined : parts.get(head);
    if (known) known.cost = addCosts(known.cost, cost);
    else parts.set(arm, { isolation: arm.isolation.config.name, isControl, cost });
  }
  return [...parts.values()];
};

const addCosts = (a: ArmCost, b: ArmCost): ArmCost => ({
  fixedMs: a.fixedMs + b.fixedMs,
  messageMs: a.messageMs + b.messageMs,
});

/** Runs as many rounds as are cheap: with every arm, or else without the treatment that costs most. */
async function measureSeries(
  job: FunctionMeasurement,
  costs: Map<ArmPlan, ArmCost>,
  plan: Pick<InstancePlan, 'repeat' | 'invokeTimeoutMs'>,
  startMs: number,
): Promise<Map<ArmPlan, MeasuredArm>> {
  if (job.isColdOnly) return new Map();
  const { timeMs, warmup, invocations } = job.measure;
  const longestMs = (cost: ArmCost): number => instanceMs(cost, warmup + invocations);
  const shortestMs = (cost: ArmCost): number => instanceMs(cost, warmup + FEWEST_INVOCATIONS);
  const block = listBlockParts(job, costs).map(({ cost }) => cost);
  const time = {
    blockMs: sum(block.map(longestMs)),
    timeMs,
    spentMs: performance.now() - startMs,
    reserveMs: (job.blocksNeeded - job.blocksBefore) * sum(block.map(shortestMs)),
  };
  const all = [...costs];
  const dearestMs = Math.max(...all.filter(([arm]) => arm.arm === 'treatment').map(([, cost]) => longestMs(cost)));
  const cheaper = all.filter(([arm, cost]) => arm.arm !== 'treatment' || longestMs(cost) < dearestMs);
  for (const some of [all, cheaper]) {
    const costsOfSome = some.map(([, cost]) => cost);
    const rounds = planPilot(costsOfSome, time);
    const armsOfSome = some.map(([arm]) => arm);
    if (rounds.rounds > 0) return runSeries(job, armsOfSome, plan, rounds);
  }
  return new Map();
}
