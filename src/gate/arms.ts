/** Flow part: which arms of a function are to be measured, after what earlier attempts decided. */

import { standingOf } from '../decide/standing.ts';
import type { ArmPlan } from '../measure/function-measurement.ts';
import type { Config } from '../model/config.ts';
import type { Revision, Samples } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import { completeBlocks } from '../samples/complete-blocks.ts';

export interface ArmsJob extends Pick<ProvenHost, 'isolations' | 'probes'> {
  config: Config;
  samples: Samples;
  /** The base has an image of this function that is another than the head's. */
  hasBase: boolean;
}

export interface PlannedArms {
  /** The control first; or why there is nothing to measure. */
  arms: ArmPlan[] | 'failed' | 'decided';
  /** Isolations that earlier attempts decided: the time is for the others. */
  settled: ReadonlySet<string>;
  /** Complete blocks of earlier attempts. */
  blocksBefore: number;
}

/**
 * The control, its twin, and every usable treatment that is open. What was hopeless in an earlier attempt has new time.
 * Where a base runs beside the head it has a control of its own, and an arm of every isolation that something is decided on.
 */
export function planArms(job: ArmsJob, name: string): PlannedArms {
  const { config, isolations, samples } = job;
  const blocksBefore = countBlocks(job, name);
  const settled = blocksBefore === 0 ? new Set<string>() : settledBefore(job, name);
  const control = isolations.get(config.control);
  // Nothing can be compared without a control.
  if (!control) return { arms: 'failed', settled, blocksBefore };
  const emulated = new Set(job.probes.filter((probe) => probe.emulated).map((probe) => probe.isolation));
  const plan = (isolation: ArmPlan['isolation'], arm: ArmPlan['arm'], revision: Revision = 'head'): ArmPlan => {
    const isEmulated = emulated.has(isolation.config.name);
    const orientation = isEmulated && !config.gateEmulated;
    const { provedMs } = job.probes.find((probe) => probe.isolation === isolation.config.name) ?? { provedMs: null };
    const own = { isolation, arm, revision, emulated: isEmulated, orientation };
    return { ...own, ...(orientation && { orientationMs: provedMs ?? 0 }) };
  };
  const declared = samples.header.looks.comparisons.filter((one) => one.function === name);
  const open = new Set(declared.map(({ isolation }) => isolation).filter((isolation) => !settled.has(isolation)));
  if (settled.size > 0 && open.size === 0) return { arms: 'decided', settled, blocksBefore };
  const treatments = [...isolations.values()].filter(
    (isolation) => isolation !== control && !settled.has(isolation.config.name),
  );
  if (treatments.length === 0 && !open.has(config.control)) return { arms: 'failed', settled, blocksBefore };
  const needsBase = (isolation: ArmPlan['isolation']) => job.hasBase && open.has(isolation.config.name);
  const controls = [plan(control, 'control'), plan(control, 'twin')];
  if ([control, ...treatments].some(needsBase)) controls.push(plan(control, 'control', 'base'));
  const arms = treatments.flatMap((isolation) => {
    const head = plan(isolation, 'treatment');
    return needsBase(isolation) && !head.orientation ? [head, plan(isolation, 'treatment', 'base')] : [head];
  });
  return { arms: [...controls, ...arms], settled, blocksBefore };
}

const countBlocks = ({ samples, config }: ArmsJob, name: string): number => {
  const isolations = new Set(config.isolations.map((isolation) => isolation.name));
  const own = samples.instances.filter((record) => record.function === name);
  return new Set(completeBlocks(own, isolations, samples.blocks).instances.map(({ block }) => block)).size;
};

const settledBefore = ({ samples, config }: ArmsJob, name: string): ReadonlySet<string> => {
  const standings = standingOf(samples, config, name, config.measure.maxBlocks, { final: true });
  return new Set(standings.filter(({ state }) => state === 'decided').map(({ isolation }) => isolation));
};
