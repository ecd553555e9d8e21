/** One instance of one arm, and its records. */

import type { FunctionImage } from '../model/image.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import { dropCaches, warmFiles } from './page-cache.ts';
import { type InstanceOutcome, type InstancePlan, runInstance } from './run-instance.ts';

/** Guests on emulated hardware are 15 to 20 times slower (docs/reference/isolations.md). */
const EMULATED_FACTOR = 20;
/** Arms for orientation must not take the time of the arms that decide. */
const ORIENTATION = { warmup: 1, invocations: 5 };

/** @throws the signal's reason when it was aborted */
export async function runArm(job: FunctionMeasurement, arm: ArmPlan, plan: InstancePlan): Promise<InstanceOutcome> {
  job.signal.throwIfAborted();
  const image = getImage(job, arm);
  if (job.measure.cache === 'cold') await dropCaches();
  else await warmFiles(image.warmFiles);
  const factor = arm.emulated ? EMULATED_FACTOR : 1;
  return runInstance(arm.isolation, image, job.resources, job.nextContext(job.measure.timeoutMs * factor), job.events, {
    ...(arm.orientation ? shortenForOrientation(plan) : plan),
    invokeTimeoutMs: plan.invokeTimeoutMs * factor,
  });
}

/** The image that instances of the arm are made of. */
export const getImage = ({ images }: FunctionMeasurement, { revision }: ArmPlan): FunctionImage => {
  const image = images[revision];
  if (image === null) throw new Error(`an arm of the ${revision} revision, of which there is no image`);
  return image;
};

const shortenForOrientation = (plan: InstancePlan): InstancePlan => ({
  ...plan,
  warmup: Math.min(plan.warmup, ORIENTATION.warmup),
  invocations: Math.min(plan.invocations, ORIENTATION.invocations),
  tail: 0,
});

export const logFailure = (job: FunctionMeasurement, arm: ArmPlan, { status, error }: InstanceOutcome): void => {
  const role = arm.arm === 'twin' ? ' (A/A control)' : '';
  const revision = arm.revision === 'base' ? ' of the base' : '';
  job.log(`${job.function} · ${arm.isolation.config.name}${role}${revision}: ${status}: ${error}`);
};

/** Puts on disk what a block is to hold, before its first instance. @returns the block's number */
export const writeBlock = async (job: FunctionMeasurement, arms: ArmPlan[]): Promise<number> => {
  const block = job.writer.nextBlock(job.function);
  await job.writer.write({
    type: 'block',
    function: job.function,
    block,
    arms: arms.map(({ isolation, arm, revision }) => ({ isolation: isolation.config.name, arm, revision })),
  });
  return block;
};

export function toRecord(
  job: FunctionMeasurement,
  arm: ArmPlan,
  block: number,
  position: number,
  outcome: InstanceOutcome,
): InstanceRecord {
  const { emptyMs: _, stderrTail, ...measured } = outcome;
  return {
    type: 'instance',
    block,
    position,
    function: job.function,
    revision: arm.revision,
    isolation: arm.isolation.config.name,
    arm: arm.arm,
    ...measured,
    ...(arm.emulated && { emulated: true }),
    ...(stderrTail && measured.status !== 'ok' && { stderr: stderrTail.slice(-2000) }),
  };
}
