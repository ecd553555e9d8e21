/** Measures one function in blocks: a fresh instance of every arm per block, in balanced random order, until nothing more is needed. */

import { messageOf } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';
import type { Isolation } from '../model/isolation.ts';
import type { EndRecord } from '../model/samples.ts';
import { type ArmRoster, createRoster } from './arm-roster.ts';
import type { ArmPlan, FunctionMeasurement, FunctionPlan } from './function-measurement.ts';
import { pilot } from './pilot.ts';
import { getImage, logFailure, runArm, toRecord, writeBlock } from './run-arm.ts';

/**
 * Runs the pilot and the blocks of one attempt. Everything is on record when it resolves.
 * @returns why it ended; `decided` where `onBlock` said that nothing needs more blocks, or nothing is left to compare
 * @throws the signal's reason when it was aborted
 */
export async function measureFunction(job: FunctionMeasurement): Promise<EndRecord['reason']> {
  await prepareImage(job);
  const deadlineMs = performance.now() + job.measure.timeMs;
  const plan = await pilot(job, deadlineMs);
  if (plan === null) return 'failed';
  const roster = createRoster(job, plan.slow);
  /** How long the latest instance of each arm took. */
  let lastMs: ReadonlyMap<ArmPlan, number> = new Map();
  const expectedMs = (arms: ArmPlan[], shareOf: (arm: ArmPlan) => number = () => 1): number =>
    arms.reduce((sum, arm) => sum + shareOf(arm) * (lastMs.get(arm) ?? 0), 0);
  const fits = (some: ArmPlan[]): boolean => performance.now() + expectedMs(some) <= deadlineMs;

  let arms = roster.armsOf(0);
  for (let block = 0; ; block++) {
    const startMs = performance.now();
    lastMs = new Map([...lastMs, ...(await runBlock(job, plan, roster, arms))]);
    const complete = job.blocksBefore + block + 1;
    const leftMs = deadlineMs - performance.now();
    const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
    job.log(`${job.function} · block ${complete} in ${tookS} s, ${Math.max(0, leftMs / 1000).toFixed(0)} s left`);

    const blocksThatFit = Math.max(0, Math.floor(leftMs / expectedMs(job.arms, roster.shareOf)));
    if (block === 0) warnOfTooLittleTime(job, complete + blocksThatFit);
    const { drop, isOver } = await job.onBlock(complete, Math.min(blocksThatFit, plan.blocks - complete));
    if (isOver) return 'decided';
    roster.drop(drop);
    const next = roster.armsOf(block + 1);
    if (next.length === 0) return roster.hasControl() ? 'decided' : 'failed';
    if (complete >= plan.blocks) return plan.blocks - job.blocksBefore === job.measure.maxBlocks ? 'cap' : 'time';
    // Time that is too short for the slow arm can still serve the others.
    const fitting = [next, roster.withoutSlow(next) ?? []].find((some) => some.length > 0 && fits(some));
    if (!fitting) return 'time';
    arms = fitting;
  }
}

/** @returns how long each arm took */
async function runBlock(
  job: FunctionMeasurement,
  plan: FunctionPlan,
  roster: ArmRoster,
  arms: ArmPlan[],
): Promise<Map<ArmPlan, number>> {
  const number = await writeBlock(job, arms);
  const tookMs = new Map<ArmPlan, number>();
  for (const [position, arm] of roster.inOrder(arms).entries()) {
    const startMs = performance.now();
    const outcome = await runArm(job, arm, plan.instance);
    tookMs.set(arm, performance.now() - startMs);
    await job.writer.write(toRecord(job, arm, number, position, outcome));
    if (outcome.status !== 'ok') logFailure(job, arm, outcome);
    roster.ended(arm, outcome.status === 'ok');
  }
  return tookMs;
}

/** A failure here is only logged: it comes again, on record, when the arm's first instance starts. */
async function prepareImage(job: FunctionMeasurement): Promise<void> {
  const images = new Map<Isolation, Set<FunctionImage>>();
  for (const arm of job.arms.filter(({ isolation }) => isolation.prepare))
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

function warnOfTooLittleTime(job: FunctionMeasurement, blocksThatFit: number): void {
  if (blocksThatFit < job.blocksNeeded)
    job.log(
      `${job.function} · about ${blocksThatFit} blocks fit into measure.time, and at least ${job.blocksNeeded} are needed: give measure.time more`,
    );
}
