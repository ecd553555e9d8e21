/** Measures one function in blocks: a fresh instance of every arm per block, in balanced random order, until nothing more is needed. */

import { messageOf } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Isolation } from '../model/isolation.ts';
import type { EndRecord } from '../model/samples.ts';
import { type ArmRoster, createRoster } from './arm-roster.ts';
import type { ArmPlan, Deadlines, FunctionMeasurement, FunctionPlan, TimeLimits } from './function-measurement.ts';
import { measureForOrientation } from './orientation.ts';
import { type PilotResult, runPilot } from './pilot.ts';
import { type BlockPart, decisionMs, mostBlocks, shortestMs } from './plan-blocks.ts';
import { planFunction } from './plan-function.ts';
import { getImage } from './run-arm.ts';
import { runBlock } from './run-block.ts';

/** A function whose pilot has run. Its steps are taken in this order, each once. */
export interface BegunFunction {
  /** What the pilot took. */
  tookMs: number;
  /** What the blocks of a decision take as far as the pilot can tell, if they are as short as can be. */
  leastMs: number;
  /** Everything is expected to be decided before the ranks can. */
  isPlain: boolean;
  /** Runs the blocks that decide. `limits` are what is left of the time after the pilot. */
  decide(limits: TimeLimits): Promise<FunctionEnd>;
  /** Runs a few blocks of arms without a limit, within `mostMs`. */
  orient(mostMs: number): Promise<void>;
}

export interface FunctionEnd {
  /** `decided` where `onBlock` said that nothing needs more blocks, or nothing is left to compare. */
  reason: EndRecord['reason'];
  /** What the blocks of isolations would take that were left out, because they do not fit: the longest. Null: all fit. */
  unfitMs: number | null;
}

/**
 * Prepares the arms that decide and runs the pilot.
 * @returns null where the control cannot run
 * @throws the signal's reason when it was aborted
 */
export async function beginFunction(job: FunctionMeasurement): Promise<BegunFunction | null> {
  await prepareImage(
    job,
    job.arms.filter((arm) => !arm.orientation),
  );
  job.onProgress({ stage: 'pilot' });
  const pilot = await runPilot(job);
  if (pilot === null) return null;
  for (const book of Object.values(job.answers)) book.forget();
  return proceed(job, pilot);
}

function proceed(job: FunctionMeasurement, pilot: PilotResult): BegunFunction {
  const { tookMs, parts } = pilot;
  let begun: { plan: FunctionPlan; roster: ArmRoster } | null = null;
  return {
    tookMs,
    isPlain: mostBlocks(parts) < job.blocksNeeded - job.blocksBefore,
    leastMs: decisionMs(parts, shortestMs),
    async decide(left) {
      const startMs = performance.now();
      const plan = await planFunction(job, pilot, left);
      const roster = createRoster(job, plan);
      begun = { plan, roster };
      const unfit = Object.values(plan.unfitMs);
      const unfitMs = unfit.length === 0 ? null : Math.max(...unfit);
      if (unfitMs !== null && !hasOthers(parts, plan)) return { reason: 'time', unfitMs };
      const deadlines = { targetMs: startMs + left.timeMs, capMs: startMs + left.maxTimeMs };
      const reason = await measureBlocks(job, plan, roster, deadlines);
      return { reason: reason === 'decided' && unfitMs !== null ? 'time' : reason, unfitMs };
    },
    async orient(mostMs) {
      if (!begun?.roster.hasControl()) return;
      await prepareImage(
        job,
        job.arms.filter((arm) => arm.orientation),
      );
      await measureForOrientation(job, begun.plan, begun.roster, mostMs);
    },
  };
}

/** Whether anything is to be decided besides what does not fit. */
const hasOthers = (parts: BlockPart[], { unfitMs }: FunctionPlan): boolean =>
  parts.some(({ isolation, isControl, blocks }) => blocks > 0 && (isControl || !Object.hasOwn(unfitMs, isolation)));

async function measureBlocks(
  job: FunctionMeasurement,
  plan: FunctionPlan,
  roster: ArmRoster,
  { targetMs, capMs }: Deadlines,
): Promise<EndRecord['reason']> {
  /** How long the latest instance of each arm took. */
  let lastMs: ReadonlyMap<ArmPlan, number> = new Map();
  const expectedMs = (arms: ArmPlan[], shareOf: (arm: ArmPlan) => number = () => 1): number =>
    arms.reduce((sum, arm) => sum + shareOf(arm) * (lastMs.get(arm) ?? 0), 0);
  const fits = (some: ArmPlan[], complete: number): boolean =>
    performance.now() + expectedMs(some) <= (complete < plan.floor ? capMs : targetMs);

  /** Blocks of the floor are measured after the target too. */
  const leftMs = (complete: number): number =>
    Math.max(targetMs - performance.now(), (plan.floor - complete) * expectedMs(job.arms, roster.shareOf));

  let arms = roster.armsOf(0);
  if (arms.length === 0) return 'decided';
  const mostBlocks = plan.blocks;
  job.onProgress({ stage: 'blocks', blocks: job.blocksBefore, mostBlocks, leftMs: leftMs(job.blocksBefore) });
  for (let block = 0; ; block++) {
    lastMs = new Map([...lastMs, ...(await runBlock(job, plan.instance, roster, arms, block))]);
    const complete = job.blocksBefore + block + 1;
    const nowMs = performance.now();
    const countFitting = (deadlineMs: number): number =>
      Math.max(0, Math.floor((deadlineMs - nowMs) / expectedMs(job.arms, roster.shareOf)));
    const blocksThatFit = Math.max(countFitting(targetMs), Math.min(plan.floor - complete, countFitting(capMs)));
    const { drop, isOver } = await job.onBlock(complete, Math.min(blocksThatFit, plan.blocks - complete));
    job.onProgress({ blocks: complete, leftMs: leftMs(complete) });
    if (isOver) return 'decided';
    roster.drop(drop);
    const next = roster.armsOf(block + 1);
    if (next.length === 0) return roster.hasControl() ? 'decided' : 'failed';
    if (complete >= plan.blocks) return plan.blocks - job.blocksBefore === job.measure.maxBlocks ? 'cap' : 'time';
    // Time that is too short for the slow arm can still serve the others.
    const fitting = [next, roster.withoutSlow(next) ?? []].find((some) => some.length > 0 && fits(some, complete));
    if (!fitting) return 'time';
    arms = fitting;
  }
}

/** A failure here is only logged: it comes again, on record, when the arm's first instance starts. */
async function prepareImage(job: FunctionMeasurement, arms: ArmPlan[]): Promise<void> {
  const images = new Map<Isolation, Set<FunctionImage>>();
  for (const arm of arms.filter(({ isolation }) => isolation.prepare))
    images.set(arm.isolation, (images.get(arm.isolation) ?? new Set()).add(getImage(job, arm)));
  if (images.size === 0) return;
  const context = job.nextContext(job.measure.timeoutMs);
  for (const [isolation, own] of images)
    for (const image of own)
      await isolation.prepare?.(image, context).catch((error: unknown) => {
        job.signal.throwIfAborted();
        job.log(`${job.function} · ${isolation.config.name}: ${messageOf(error)}`);
      });
}
