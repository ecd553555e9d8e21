/** Measures the functions: first what decides something, then arms without a limit; within the time that the run has. */

import { sum } from 'simple-statistics';
import { type FollowedRun, followRun } from '../decide/follow-run.ts';
import { formatDuration, formatMinutes } from '../lib/format.ts';
import type { TimeLimits } from '../measure/function-measurement.ts';
import type { BegunFunction } from '../measure/measure-function.ts';
import type { Env } from '../model/env.ts';
import type { EndRecord, Samples } from '../model/samples.ts';
import { openSamples, type SamplesWriter } from '../samples/samples-writer.ts';
import { allotTime } from './allot-time.ts';
import type { BuiltFunction } from './images.ts';
import type { MeasureJob } from './measure-job.ts';
import { openTurn, type Turn } from './open-turn.ts';

type StepEnv = Pick<Env, 'log' | 'progress' | 'signal'>;

/** Resolves also where it is interrupted: with everything that was measured until then, all of which is on disk. */
export async function measureFunctions(job: MeasureJob, env: StepEnv): Promise<Samples> {
  const writer = await openSamples(job.path, job.header, job.earlier, job.key);
  try {
    const run: Run = { job, writer, followed: followRun(job.config), env, ends: new Map() };
    await measureAll(run);
    await recordCutOffs(run);
    // The run ended as its worst-ended function did.
    const order: EndRecord['reason'][] = ['interrupted', 'time', 'cap', 'undecidable', 'failed', 'decided'];
    const reasons = [...run.ends.values()].map(({ reason }) => reason);
    await writer.write({ type: 'end', reason: order.find((reason) => reasons.includes(reason)) ?? 'failed' });
    return writer.samples();
  } finally {
    await writer.close();
  }
}

/** How measuring a function ended. */
interface TurnEnd {
  reason: EndRecord['reason'];
  /** Where the time budget ended it: what it needs at the least, as far as that is known. Else null. */
  neededMs: number | null;
}

interface Run {
  job: MeasureJob;
  writer: SamplesWriter;
  followed: FollowedRun;
  env: StepEnv;
  /** By function, as they end. */
  ends: Map<string, TurnEnd>;
}

/** A function whose pilot has run. */
interface BegunTurn extends Turn {
  begun: BegunFunction;
  /** What was left of its own time when its decisions had been made. */
  spareMs: number;
}

async function measureAll(run: Run): Promise<void> {
  const { env, ends } = run;
  const { budget, built, config } = run.job;
  try {
    const turns = await (budget.totalMs === null ? decideInTurn : decideWithin)(run);
    for (const turn of turns) {
      const { timeMs } = config.measure;
      await turn.begun.orient(Math.min(Math.max(turn.spareMs, ALLOWANCE * timeMs), budget.leftMs()));
    }
  } catch (error) {
    if (budget.isOver()) {
      for (const { config: fn } of built)
        if (!ends.has(fn.name)) ends.set(fn.name, { reason: 'time', neededMs: config.measure.timeMs });
    } else if (env.signal.aborted) {
      env.log('interrupted: deciding on what was measured');
      ends.set('', { reason: 'interrupted', neededMs: null });
    } else throw error;
  }
}

/** The share of `measure.time` that arms without a limit have where what decides left less of it. */
const ALLOWANCE = 0.25;

/** Without a time budget each function has its own time, one after the other. */
async function decideInTurn(run: Run): Promise<BegunTurn[]> {
  const { config, built } = run.job;
  const { timeMs, maxTimeMs } = config.measure;
  const turns: BegunTurn[] = [];
  for (const fn of built) {
    const turn = await beginTurn(run, fn, timeMs);
    if (turn === null) continue;
    const { tookMs } = turn.begun;
    turns.push(await decideTurn(turn, { timeMs: timeMs - tookMs, maxTimeMs: maxTimeMs - tookMs }, run));
  }
  return turns;
}

/** With one, all pilots come first, because only then is it known what each function needs. */
async function decideWithin(run: Run): Promise<BegunTurn[]> {
  const { budget, built, config } = run.job;
  const own = config.measure;
  const open: BegunTurn[] = [];
  for (const [index, fn] of built.entries()) {
    const timeMs = Math.min(own.timeMs, budget.leftMs() / (built.length - index));
    const turn = await beginTurn(run, fn, timeMs);
    if (turn !== null) open.push(turn);
  }
  const turns: BegunTurn[] = [];
  while (open.length > 0) {
    const allotted = allotTime(
      open.map(({ name, undecided, begun: { leastMs, isPlain } }) => ({ name, undecided, leastMs, isPlain })),
      budget.leftMs(),
    );
    if (allotted === null) break;
    const [turn] = open.splice(
      open.findIndex(({ name }) => name === allotted.name),
      1,
    ) as [BegunTurn];
    const { tookMs } = turn.begun;
    const timeMs = Math.min(own.timeMs - tookMs, allotted.timeMs);
    const maxTimeMs = Math.min(own.maxTimeMs - tookMs, allotted.maxTimeMs);
    const isCut = timeMs < own.timeMs - tookMs || maxTimeMs < own.maxTimeMs - tookMs;
    turns.push(await decideTurn(turn, { timeMs, maxTimeMs, ...(isCut && { isOfBudget: true }) }, run));
  }
  for (const { name, begun, tellEnd } of open) {
    run.ends.set(name, { reason: 'time', neededMs: begun.leastMs });
    tellEnd('time');
  }
  return turns;
}

/** @returns null where there is nothing to decide; why, is then among the ends */
async function beginTurn(
  { job, writer, followed, env, ends }: Run,
  fn: BuiltFunction,
  timeMs: number,
): Promise<BegunTurn | null> {
  const { budget } = job;
  const { name } = fn.config;
  if (fn.isCutOff) {
    ends.set(name, { reason: 'time', neededMs: job.config.measure.timeMs });
    return null;
  }
  budget.signal.throwIfAborted();
  const turn = await openTurn(job, fn, timeMs, writer, followed, env);
  if (typeof turn === 'string') {
    ends.set(name, { reason: turn, neededMs: null });
    return null;
  }
  const begun = await turn.begin().catch((error: unknown) => tellStop(turn, job, error));
  if (begun !== null) return { ...turn, begun, spareMs: 0 };
  ends.set(name, { reason: 'failed', neededMs: null });
  turn.tellEnd('failed');
  return null;
}

async function decideTurn(turn: BegunTurn, limits: TimeLimits, { job, ends }: Run): Promise<BegunTurn> {
  const startMs = performance.now();
  const decided = await turn.begun.decide(limits).catch((error: unknown) => tellStop(turn, job, error));
  const isFutile = turn.hasFutile();
  const reason = decided.reason === 'decided' && isFutile ? 'undecidable' : decided.reason;
  const isShort = limits.isOfBudget === true && turn.undecided > 0 && (reason === 'time' || isFutile);
  ends.set(turn.name, { reason, neededMs: isShort ? (decided.unfitMs ?? turn.begun.leastMs) : null });
  turn.tellEnd(reason);
  return { ...turn, spareMs: limits.timeMs - (performance.now() - startMs) };
}

function tellStop({ tellEnd }: Turn, { budget }: MeasureJob, error: unknown): never {
  if (budget.signal.aborted) tellEnd(budget.isOver() ? 'time' : 'interrupted');
  throw error;
}

/** Puts on record what the budget left undecided, and says it in one line. */
async function recordCutOffs({ job, writer, env, ends }: Run): Promise<void> {
  const { totalMs, leftMs } = job.budget;
  const declared = new Set(job.header.looks.comparisons.map((one) => one.function));
  const cut = [...ends].flatMap(([name, { neededMs }]) =>
    neededMs === null || !declared.has(name) ? [] : [{ name, neededMs }],
  );
  if (totalMs === null || cut.length === 0) return;
  for (const { name, neededMs } of cut)
    await writer.write({ type: 'cut-off', function: name, budget_ms: totalMs, needed_ms: neededMs });
  const names = cut.map(({ name }) => name).join(', ');
  const enough = formatMinutes(totalMs - leftMs() + sum(cut.map(({ neededMs }) => neededMs)));
  env.log(
    `time budget: ${formatDuration(totalMs)} were too short to decide ${names}, so what is open there is not measured; ${enough} may do`,
  );
}
