/** One instance of one arm, and its records. */

import type { FunctionImage } from '../model/image.ts';
import type { InstanceRecord } from '../model/samples.ts';
import { feedEvents } from './event-feed.ts';
import type { ArmPlan, FunctionMeasurement } from './function-measurement.ts';
import { dropCaches, listFilesToWarm, warmFiles } from './page-cache.ts';
import { type InstanceOutcome, type InstancePlan, runInstance } from './run-instance.ts';

/** Guests on emulated hardware are 15 to 20 times slower (docs/reference/isolations.md). */
const EMULATED_FACTOR = 20;

const factorOf = ({ emulated }: ArmPlan): number => (emulated ? EMULATED_FACTOR : 1);

/** How long a start of the arm may take. */
export const timeoutOf = ({ measure }: FunctionMeasurement, arm: ArmPlan): number => measure.timeoutMs * factorOf(arm);

/**
 * @param turn how many instances of the arm with this plan came before: events go on from there
 * @param bounds `limitMs` bounds its start and each call besides `measure.timeout`; `isOrientation`: its block decides nothing
 * @throws the signal's reason when it was aborted
 */
export async function runArm(
  job: FunctionMeasurement,
  arm: ArmPlan,
  plan: InstancePlan,
  turn: number,
  { limitMs = Number.POSITIVE_INFINITY, isOrientation = false }: { limitMs?: number; isOrientation?: boolean } = {},
): Promise<InstanceOutcome> {
  job.signal.throwIfAborted();
  const image = getImage(job, arm);
  job.onProgress({ running: arm.isolation.config.name });
  if (job.measure.cache === 'cold') await dropCaches();
  else {
    const beside = job.arms.filter((one) => isOrientation || !one.orientation);
    const types = beside.map(({ isolation }) => isolation.config.type);
    await warmFiles(listFilesToWarm(image, types));
  }
  const before = {
    instances: job.sentBefore.instances + turn,
    invocations: job.sentBefore.invocations + turn * plan.invocations,
  };
  const feed = feedEvents(job.events, job.answers[arm.revision], plan, before);
  return runInstance(
    arm.isolation,
    image,
    job.resources,
    job.nextContext(Math.min(timeoutOf(job, arm), limitMs)),
    feed,
    {
      ...plan,
      invokeTimeoutMs: Math.min(plan.invokeTimeoutMs * factorOf(arm), limitMs),
    },
  );
}

/** The image that instances of the arm are made of. */
export const getImage = ({ images }: FunctionMeasurement, { revision }: ArmPlan): FunctionImage => {
  const image = images[revision];
  if (image === null) throw new Error(`an arm of the ${revision} revision, of which there is no image`);
  return image;
};

export const logFailure = (job: FunctionMeasurement, arm: ArmPlan, { status, error }: InstanceOutcome): void => {
  const role = arm.arm === 'twin' ? ' (A/A control)' : '';
  const revision = arm.revision === 'base' ? ' of the base' : '';
  job.log(`${job.function} · ${arm.isolation.config.name}${role}${revision}: ${status}: ${error}`);
};

/** Puts on disk what a block is to hold, before its first instance. @returns the block's number */
export const writeBlock = async (job: FunctionMeasurement, arms: ArmPlan[], orientation = false): Promise<number> => {
  const block = job.writer.nextBlock(job.function);
  await job.writer.write({
    type: 'block',
    function: job.function,
    block,
    arms: arms.map(({ isolation, arm, revision }) => ({ isolation: isolation.config.name, arm, revision })),
    ...(orientation && { orientation }),
  });
  return block;
};

/** Said at once, because it decides what becomes of the function. */
export const logDifference = (job: FunctionMeasurement, arm: ArmPlan, { answers }: InstanceOutcome): void => {
  const [first, second] = answers?.excerpts ?? [];
  if (!first || !second) return;
  const event = first.file === '' ? '' : ` to ${first.file}`;
  job.log(
    `${job.function} · ${arm.isolation.config.name}: its answer${event} is not the one before: ${first.text}, then ${second.text}`,
  );
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
