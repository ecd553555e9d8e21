/** Instances that are thrown away: they fill caches, and show what is to be fixed before the first block. */

import { sum } from 'simple-statistics';
import type { PilotRound } from '../model/pilot.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import { type ArmRun, readRuns, runSeries, toArmCost, toTrial, tryArms } from './pilot-rounds.ts';
import { type BlockPart, decisionMs, FEWEST_INVOCATIONS } from './plan-blocks.ts';
import { type ArmCost, chooseRepeat, instanceMs, planPilot } from './plan-pilot.ts';
import { type ArmSeries, readSeries } from './read-series.ts';
import type { InstancePlan } from './run-instance.ts';

const EMPTY_ROUND_TRIPS = 10;
const TRIAL_CALLS = { least: 3, most: 10 };
/** One call of a slow function tells enough. */
const TRIAL_CALLS_MS = 1_000;

/** What the pilot found of one function. */
export interface PilotResult extends ReturnType<typeof readSeries> {
  repeat: number;
  /** A call of the control. */
  controlMs: number;
  /** Median round trip of an empty message, by isolation. */
  emptyMs: Record<string, number>;
  parts: BlockPart[];
  /** By isolation: after how long its first instance was stopped. */
  stoppedMs: Record<string, number>;
  /** How long the pilot took. */
  tookMs: number;
}

/** @returns null when the control cannot run; its failures are then on record as blocks of their own */
export async function runPilot(job: FunctionMeasurement): Promise<PilotResult | null> {
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
  const found = await tryArms(job, trial);
  if (found === null) return null;
  const { trials: tried, stoppedMs } = found;
  const trials = new Map([...tried].map(([arm, run]) => [arm, toTrial(run)]));
  const [controlMs = 1] = [...trials.values()].map(({ callMs }) => callMs);
  const repeat = chooseRepeat(controlMs, Math.max(...[...trials.values()].map(({ emptyMs }) => emptyMs)));
  const costs = new Map([...trials].map(([arm, one]) => [arm, toArmCost(one, repeat, job.tail)]));
  const first = toRound(tried);
  const expect = job.expectBlocks();
  const runs = await measureSeries(
    job,
    costs,
    { repeat, invokeTimeoutMs: measure.timeoutMs },
    { startMs, expected: expect([first]) },
  );
  const series = new Map<ArmPlan, ArmSeries>();
  for (const [arm, own] of runs) {
    const { cost, series: values } = readRuns(own, repeat);
    series.set(arm, values);
    if (cost) costs.set(arm, { ...cost, fixedMs: cost.fixedMs + job.tail * (trials.get(arm)?.callMs ?? 0) });
  }
  const [control = [], ...treatments] = [...trials.keys()].map((arm) => series.get(arm) ?? []);
  const later = toRounds(runs);
  return {
    repeat,
    controlMs,
    emptyMs: Object.fromEntries([...trials].map(([arm, { emptyMs }]) => [arm.isolation.config.name, emptyMs])),
    // The first instances of all also show what happens only once.
    parts: listBlockParts(job, costs, expect(later.length > 1 ? later : [first, ...later])),
    ...readSeries(control, treatments),
    stoppedMs,
    tookMs: performance.now() - startMs,
  };
}

const toRound = (runs: ReadonlyMap<ArmPlan, ArmRun>): PilotRound => {
  const good = [...runs].filter(([, { outcome }]) => outcome.status === 'ok');
  return {
    control: good.find(([{ arm }]) => arm === 'control')?.[1].outcome ?? null,
    treatments: new Map(
      good
        .filter(([{ arm }]) => arm === 'treatment')
        .map(([{ isolation }, { outcome }]) => [isolation.config.name, outcome]),
    ),
  };
};

const toRounds = (runs: ReadonlyMap<ArmPlan, ArmRun[]>): PilotRound[] => {
  const count = Math.max(0, ...[...runs.values()].map((own) => own.length));
  return Array.from({ length: count }, (_, round) =>
    toRound(new Map([...runs].flatMap(([arm, own]) => (own[round] ? [[arm, own[round]] as const] : [])))),
  );
};

/**
 * What a block holds, what it costs, and in how many blocks it is needed: the controls one by one, then each treatment together
 * with its base. An A/A control is taken to cost what the control does, and a base what its head does.
 */
const listBlockParts = (
  job: FunctionMeasurement,
  costs: Map<ArmPlan, ArmCost>,
  expected: ReadonlyMap<string, number>,
): BlockPart[] => {
  const parts = new Map<ArmPlan, BlockPart>();
  for (const arm of job.arms) {
    const isControl = arm.arm !== 'treatment';
    const head = isControl
      ? job.arms[0]
      : job.arms.find((one) => one.arm === 'treatment' && one.revision === 'head' && one.isolation === arm.isolation);
    const cost = head && costs.get(head);
    if (!head || !cost) continue;
    const isolation = arm.isolation.config.name;
    const known = isControl ? undefined : parts.get(head);
    // Where nothing is decided at all, everything is measured as if it were.
    const blocks = expected.get(isolation) ?? (expected.size > 0 ? 0 : job.blocksNeeded);
    if (known) known.cost = addCosts(known.cost, cost);
    else parts.set(arm, { isolation, isControl, cost, blocks: Math.max(0, blocks - job.blocksBefore) });
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
  { startMs, expected }: { startMs: number; expected: ReadonlyMap<string, number> },
): Promise<Map<ArmPlan, ArmRun[]>> {
  if (job.isColdOnly) return new Map();
  const { timeMs, warmup, invocations } = job.measure;
  const longestMs = (cost: ArmCost): number => instanceMs(cost, warmup + invocations);
  const shortestMs = (cost: ArmCost): number => instanceMs(cost, warmup + FEWEST_INVOCATIONS);
  const parts = listBlockParts(job, costs, expected);
  const time = {
    blockMs: sum(parts.map(({ cost }) => longestMs(cost))),
    timeMs,
    spentMs: performance.now() - startMs,
    reserveMs: decisionMs(parts, ({ cost }) => shortestMs(cost)),
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
