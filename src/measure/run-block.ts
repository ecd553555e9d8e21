import type { ArmRoster } from './arm-roster.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import { logDifference, logFailure, runArm, toRecord, writeBlock } from './run-arm.ts';
import type { InstancePlan } from './run-instance.ts';

/**
 * A fresh instance of each arm, one after the other.
 * @param turn how many blocks of this attempt came before with this plan
 * @param orientation the block decides nothing, and no start or call in it takes longer than `limitMs`
 * @returns how long each arm took, in milliseconds
 */
export async function runBlock(
  job: FunctionMeasurement,
  plan: InstancePlan,
  roster: Pick<ArmRoster, 'inOrder' | 'ended'>,
  arms: ArmPlan[],
  turn: number,
  orientation: { limitMs: number } | null = null,
): Promise<Map<ArmPlan, number>> {
  job.signal.throwIfAborted();
  const number = await writeBlock(job, arms, orientation !== null);
  const tookMs = new Map<ArmPlan, number>();
  for (const [position, arm] of roster.inOrder(arms).entries()) {
    const startMs = performance.now();
    const outcome = await runArm(job, arm, plan, turn, { ...orientation, isOrientation: orientation !== null });
    tookMs.set(arm, performance.now() - startMs);
    await job.writer.write(toRecord(job, arm, number, position, outcome));
    if (outcome.status !== 'ok') logFailure(job, arm, outcome);
    logDifference(job, arm, outcome);
    roster.ended(arm, outcome.status === 'ok');
  }
  return tookMs;
}
