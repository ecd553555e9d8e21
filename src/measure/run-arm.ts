/** One instance of one arm, and its record. */

import type { FunctionImage } from '../model/image.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import { dropCaches, warmFiles } from './page-cache.ts';
import { type InstanceOutcome, type InstancePlan, runInstance } from './run-instance.ts';

/** Guests on emulated hardware are 15 to 20 times slower (docs/reference/isolations.md). */
const EMULATED_FACTOR = 20;
/** Arms for orientation must not take the time of those that decide. */
const ORIENTATION = { warmup: 1, invocations: 5 };

const labelOf = ({ arm, isolation, revision }: ArmPlan): string => {
  const name = arm === 'twin' ? `${isolation.config.name} (twin)` : isolation.config.name;
  return revision === 'base' ? `${name} of the base` : name;
};

/** What instances of that arm are made of. */
export const imageOf = ({ images }: FunctionMeasurement, { revision }: ArmPlan): FunctionImage => {
  const image = images[revision];
  if (image === null) throw new Error(`an arm of the ${revision} revision, of which there is no image`);
  return image;
};

const orientationPlan = (plan: InstancePlan): InstancePlan => ({
  ...plan,
  warmup: Math.min(plan.warmup, ORIENTATION.warmup),
  invocations: Math.min(plan.invocations, ORIENTATION.invocations),
  tail: 0,
});

/** @throws the signal's reason when it was aborted */
export async function runArm(job: FunctionMeasurement, arm: ArmPlan, plan: InstancePlan): Promise<InstanceOutcome> {
  job.signal.throwIfAborted();
  const image = imageOf(job, arm);
  if (job.measure.cache === 'cold') await dropCaches();
  else await warmFiles(image.warmFiles);
  const factor = arm.emulated ? EMULATED_FACTOR : 1;
  return runInstance(arm.isolation, image, job.resources, job.nextContext(job.measure.timeoutMs * factor), job.events, {
    ...(arm.orientation ? orientationPlan(plan) : plan),
    invokeTimeoutMs: plan.invokeTimeoutMs * factor,
  });
}

export const logFailure = (job: FunctionMeasurement, arm: ArmPlan, { status, error }: InstanceOutcome): void =>
  job.log(`${job.function} · ${labelOf(arm)}: ${status}: ${error}`);

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
