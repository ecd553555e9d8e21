/** Which arms of a function are measured, given what earlier attempts decided. */

import { listComparisons } from '../decide/list-comparisons.ts';
import { applyStoppingRule } from '../decide/stopping-rule.ts';
import type { ArmPlan } from '../measure/function-measurement.ts';
import type { Config } from '../model/config.ts';
import type { Revision, SamplesByFunction } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import { completeBlocks } from '../samples/complete-blocks.ts';
import { listOrientationBlocks } from '../samples/group-blocks.ts';

export interface PlannedArms {
  /** The control first; or why there is nothing to measure. */
  arms: ArmPlan[] | 'failed' | 'decided';
  /** Isolations that earlier attempts decided: they get no time, so that the others have more. */
  settled: ReadonlySet<string>;
  /** Complete blocks of earlier attempts. */
  blocksBefore: number;
}

/**
 * The control, its A/A control, and every usable treatment that is not decided yet; one that was futile in an earlier
 * attempt has new time. With a base beside the head the control, and each isolation on which something is decided, gets
 * an arm of the base too.
 * @param hasBase the base has an image of this function that is another than the head's
 */
export function planArms(
  name: string,
  config: Config,
  { isolations, probes }: Pick<ProvenHost, 'isolations' | 'probes'>,
  samples: SamplesByFunction,
  hasBase: boolean,
): PlannedArms {
  const blocksBefore = countBlocks(name, config, samples);
  const settled = blocksBefore === 0 ? new Set<string>() : listSettled(name, config, samples);
  const control = isolations.get(config.control);
  // Nothing can be compared without a control.
  if (!control) return { arms: 'failed', settled, blocksBefore };

  const plan = (isolation: ArmPlan['isolation'], arm: ArmPlan['arm'], revision: Revision = 'head'): ArmPlan => {
    const probe = probes.find((one) => one.isolation === isolation.config.name);
    const emulated = probe?.emulated ?? false;
    const isIdle = arm === 'treatment' && declared.length > 0 && !hasLimit.has(isolation.config.name);
    return { isolation, arm, revision, emulated, orientation: (emulated && !config.gateEmulated) || isIdle };
  };
  // A limit that cannot be decided yet, for lack of a baseline, is worth whole blocks, which become the baseline.
  const hasLimit = new Set(
    listComparisons(config)
      .filter((one) => one.function === name)
      .map(({ isolation }) => isolation),
  );
  const declared = samples.header.looks.comparisons.filter((one) => one.function === name);
  const open = new Set(declared.map(({ isolation }) => isolation).filter((isolation) => !settled.has(isolation)));
  if (settled.size > 0 && open.size === 0) return { arms: 'decided', settled, blocksBefore };
  const treatments = [...isolations.values()].filter(
    (isolation) => isolation !== control && !settled.has(isolation.config.name),
  );
  if (treatments.length === 0 && !open.has(config.control)) return { arms: 'failed', settled, blocksBefore };

  const needsBase = (isolation: ArmPlan['isolation']) => hasBase && open.has(isolation.config.name);
  const controls = [plan(control, 'control'), plan(control, 'twin')];
  if ([control, ...treatments].some(needsBase)) controls.push(plan(control, 'control', 'base'));
  const arms = treatments.flatMap((isolation) => {
    const head = plan(isolation, 'treatment');
    return needsBase(isolation) && !head.orientation ? [head, plan(isolation, 'treatment', 'base')] : [head];
  });
  return { arms: [...controls, ...arms], settled, blocksBefore };
}

function countBlocks(name: string, config: Config, samples: SamplesByFunction): number {
  const isolations = new Set(config.isolations.map((isolation) => isolation.name));
  const blocks = samples.blocksOf(name);
  const idle = listOrientationBlocks(blocks);
  const complete = completeBlocks(samples.instancesOf(name), isolations, blocks).instances;
  return new Set(complete.map(({ block }) => block).filter((block) => !idle.has(block))).size;
}

function listSettled(name: string, config: Config, samples: SamplesByFunction): ReadonlySet<string> {
  const standings = applyStoppingRule(samples, config, name, config.measure.maxBlocks, { final: true });
  return new Set(standings.filter(({ state }) => state === 'decided').map(({ isolation }) => isolation));
}
