/** Instances that are thrown away: they fill caches, and show what is to be frozen before the first block. */

import type { CalibrationRecord } from '../model/samples.ts';
import { type ArmCost, instanceMs } from './arm-cost.ts';
import { ORIENTATION_BLOCKS } from './arm-roster.ts';
import { chooseRepeat } from './calibrate.ts';
import type { ArmPlan, FunctionMeasurement, FunctionPlan } from './function-measurement.ts';
import { type BlocksPlan, FEWEST_INVOCATIONS, planBlocks } from './plan-blocks.ts';
import { planPilot } from './plan-pilot.ts';
import { readSeries } from './read-series.ts';
import type { InstancePlan } from './run-instance.ts';
import { type MeasuredArm, runSeries } from './run-series.ts';
import { costOfTrial, type Trial, tryArms } from './try-arms.ts';

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

const EMPTY_ROUND_TRIPS = 10;
const TRIAL_CALLS = { least: 3, most: 10 };

/** Null when the control cannot run: its failures are on record as blocks of their own. */
export async function pilot(job: FunctionMeasurement, deadlineMs: number): Promise<FunctionPlan | null> {
  const startMs = performance.now();
  const { measure } = job;
  const trial: InstancePlan = {
    invocations: Math.max(TRIAL_CALLS.least, Math.min(measure.invocations, TRIAL_CALLS.most)),
    warmup: measure.warmup,
    repeat: 1,
    tail: 0,
    empty: EMPTY_ROUND_TRIPS,
    invokeTimeoutMs: measure.timeoutMs,
  };
  const trials = await tryArms(job, trial);
  if (trials === null) return null;
  const arms = [...trials.keys()] as [ArmPlan, ...ArmPlan[]];
  const repeat = repeatOf(trials, arms[0]);
  const costs = new Map([...trials].map(([arm, one]) => [arm, costOfTrial(one, repeat, job.tail)]));
  const measured = await measureSeries(job, costs, { repeat, invokeTimeoutMs: measure.timeoutMs }, startMs);
  const tailMs = (arm: ArmPlan): number => job.tail * (trials.get(arm)?.callMs ?? 0);
  for (const [arm, { cost }] of measured) if (cost) costs.set(arm, { ...cost, fixedMs: cost.fixedMs + tailMs(arm) });

  const inBlock = partsOfBlock(job, costs);
  const [control = [], ...treatments] = arms.map((arm) => measured.get(arm)?.series ?? []);
  const plan = planBlocks({
    costs: inBlock.map(({ cost }) => cost),
    controls: inBlock.filter(({ isControl }) => isControl).length,
    ...readSeries(control, treatments),
    timeLeftMs: deadlineMs - performance.now() - orientationMs(job),
    blocksNeeded: job.blocksNeeded,
    blocksBefore: job.blocksBefore,
    measure,
  });
  const slowPart = plan.slow === null ? undefined : inBlock[plan.slow.index];
  const slow = plan.slow && slowPart ? { isolation: slowPart.isolation, stride: plan.slow.stride } : null;
  await job.writer.write(toCalibration(job, trials, repeat, plan));
  const { warmup, invocations, blocks } = plan;
  const { callMs = 0 } = trials.get(arms[0]) ?? {};
  const chosen = `repeat ${repeat}, warm-up ${warmup}, ${invocations} invocations, at most ${blocks} blocks`;
  const seldom = slow ? `; ${slow.isolation} in one block of ${slow.stride} until the rest is done` : '';
  job.log(`${job.function} · pilot: control ${callMs.toFixed(2)} ms a call, ${chosen}${seldom}`);
  return { instance: { ...trial, warmup, invocations, repeat, tail: job.tail, empty: 0 }, blocks, slow };
}

/** The few blocks of arms that decide nothing take time from the others. */
const orientationMs = ({ arms }: FunctionMeasurement): number =>
  ORIENTATION_BLOCKS * sum(arms.map((arm) => arm.orientationMs ?? 0));

/** From the control's calls, and the slowest empty round trip of those that decide something. */
const repeatOf = (trials: Map<ArmPlan, Trial>, control: ArmPlan): number =>
  chooseRepeat(trials.get(control)?.callMs ?? 1, Math.max(...[...trials.values()].map(({ emptyMs }) => emptyMs)));

interface BlockPart {
  isolation: string;
  isControl: boolean;
  cost: ArmCost;
}

/**
 * What a block holds and what it costs: the controls one by one, then each treatment with its base. A twin costs what the
 * control does, and a base what its head does.
 */
const partsOfBlock = (job: FunctionMeasurement, costs: Map<ArmPlan, ArmCost>): BlockPart[] => {
  const parts = new Map<ArmPlan, BlockPart>();
  for (const arm of job.arms) {
    const isControl = arm.arm !== 'treatment';
    const head = isControl
      ? job.arms[0]
      : job.arms.find((one) => one.arm === 'treatment' && one.revision === 'head' && one.isolation === arm.isolation);
    const cost = head && costs.get(head);
    if (!head || !cost) continue;
    const known = isControl ? undefined : parts.get(head);
    if (known) known.cost = plus(known.cost, cost);
    else parts.set(arm, { isolation: arm.isolation.config.name, isControl, cost: { ...cost } });
  }
  return [...parts.values()];
};

const plus = (a: ArmCost, b: ArmCost): ArmCost => ({
  fixedMs: a.fixedMs + b.fixedMs,
  messageMs: a.messageMs + b.messageMs,
});

/** As many rounds as are cheap: first with every arm, else without the one that costs most. */
async function measureSeries(
  job: FunctionMeasurement,
  costs: Map<ArmPlan, ArmCost>,
  plan: Pick<InstancePlan, 'repeat' | 'invokeTimeoutMs'>,
  startMs: number,
): Promise<Map<ArmPlan, MeasuredArm>> {
  if (job.isColdOnly) return new Map();
  const { timeMs, warmup, invocations } = job.measure;
  const msOf = (cost: ArmCost): number => instanceMs(cost, warmup + invocations);
  const block = partsOfBlock(job, costs).map(({ cost }) => cost);
  const time = {
    blockMs: sum(block.map(msOf)),
    timeMs,
    spentMs: performance.now() - startMs,
    reserveMs:
      (job.blocksNeeded - job.blocksBefore) * sum(block.map((cost) => instanceMs(cost, warmup + FEWEST_INVOCATIONS))),
  };
  const dearest = Math.max(...[...costs].filter(([arm]) => arm.arm === 'treatment').map(([, cost]) => msOf(cost)));
  const all = [...costs];
  const cheaper = all.filter(([arm, cost]) => arm.arm !== 'treatment' || msOf(cost) < dearest);
  for (const some of [all, cheaper]) {
    const rounds = planPilot(
      some.map(([, cost]) => cost),
      time,
    );
    if (rounds.rounds > 0)
      return runSeries(
        job,
        some.map(([arm]) => arm),
        plan,
        rounds,
      );
  }
  return new Map();
}

const toCalibration = (
  job: FunctionMeasurement,
  trials: Map<ArmPlan, Trial>,
  repeat: number,
  { warmup, invocations, blocks }: BlocksPlan,
): CalibrationRecord => ({
  type: 'calibration',
  function: job.function,
  ...{ repeat, warmup, invocations, blocks },
  empty_ms: Object.fromEntries([...trials].map(([arm, { emptyMs }]) => [arm.isolation.config.name, emptyMs])),
  control_ms: [...trials.values()][0]?.callMs ?? 0,
});
