/** The blocks of a run's functions as they are decided on, and what has to be known of all of them before the first is decided. */

import { recent } from '../lib/recent.ts';
import type { Config } from '../model/config.ts';
import type { AttemptPlan, BlockRecord, InstanceRecord, SamplesByFunction } from '../model/samples.ts';
import type { AnswerDifference } from '../model/verdict.ts';
import { completeBlocks } from '../samples/complete-blocks.ts';
import { listOrientationBlocks, toBlocks } from '../samples/group-blocks.ts';
import { listDifferences } from './answers.ts';
import type { FunctionBlocks } from './comparison-inputs.ts';
import { capBlocks, ONE_ATTEMPT } from './plan-attempts.ts';
import { type SeenFunction, seeFunction } from './see-instances.ts';

/** What is known of one function without its instances. */
export interface KnownFunction {
  seen: SeenFunction;
  /** It has a complete block. */
  hasBlocks: boolean;
  /** Blocks that were left out because an arm is missing. */
  incomplete: number;
  /** It has more blocks than may count. */
  isBeyond: boolean;
  differences: AnswerDifference[];
}

export interface RunFunctions {
  /** Computed anew for all but the latest functions. One that has no complete block has none here. */
  blocksOf(name: string): FunctionBlocks;
  know(name: string): KnownFunction;
  /** All of its instances, of incomplete blocks too. */
  instancesOf(name: string): InstanceRecord[];
}

/** Functions are asked for in turn. With more of them in memory, the garbage collector would move them twice. */
const MOST_IN_MEMORY = 2;

/** The isolations that each block of a function was planned to hold of the head; empty for files that do not say. */
const plannedArms = (records: readonly BlockRecord[]): FunctionBlocks['arms'] => {
  const sets = new Map<BlockRecord['arms'], ReadonlySet<string>>();
  const setOf = (arms: BlockRecord['arms']): ReadonlySet<string> => {
    const known =
      sets.get(arms) ?? new Set(arms.filter(({ revision }) => revision === 'head').map((arm) => arm.isolation));
    sets.set(arms, known);
    return known;
  };
  return new Map(records.map(({ block, arms }) => [block, setOf(arms)]));
};

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one));

export const readFunctions = (samples: SamplesByFunction, config: Config): RunFunctions => {
  const { plans, ignored, completeFor } = samples;
  const isolations = new Set(config.isolations.map(({ name }) => name));
  const isDone = completeFor !== undefined && isSame(completeFor, isolations);
  const deterministic = new Set(config.functions.filter((fn) => fn.deterministic).map(({ name }) => name));

  const read = recent(MOST_IN_MEMORY, (name: string) => {
    const given = samples.instancesOf(name);
    const records = samples.blocksOf(name);
    const { instances, incomplete } = isDone
      ? { instances: given, incomplete: 0 }
      : completeBlocks(given, isolations, records);
    const attempts: AttemptPlan[] = plans?.get(name) ?? [ONE_ATTEMPT];
    const cap = capBlocks(attempts, config.measure.maxBlocks);
    const idle = listOrientationBlocks(records);
    const blocks = toBlocks(instances);
    const deciding = blocks.filter(({ index }) => !idle.has(index));
    const fn: FunctionBlocks = {
      name,
      blocks: deciding.slice(0, cap),
      orientation: blocks.filter(({ index }) => idle.has(index)),
      incomplete: blocks.length === 0 ? 0 : (ignored.incompleteByFunction?.get(name) ?? 0) + incomplete,
      attempts,
      arms: blocks.length === 0 ? new Map() : plannedArms(records),
    };
    return { given, fn, instances, incomplete, isBeyond: deciding.length > cap };
  });

  return {
    blocksOf: (name) => read(name).fn,
    instancesOf: (name) => read(name).given,
    know(name) {
      const { fn, instances, incomplete, isBeyond } = read(name);
      return {
        seen: seeFunction(instances),
        hasBlocks: instances.length > 0,
        incomplete,
        isBeyond,
        differences: deterministic.has(name)
          ? listDifferences(name, [...fn.blocks, ...fn.orientation], config.control)
          : [],
      };
    },
  };
};
