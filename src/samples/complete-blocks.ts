import type { BlockRecord, InstanceRecord } from '../model/samples.ts';
import { armKey } from './arm-key.ts';
import { neighbouringBlocks } from './neighbouring-blocks.ts';

const groupBy = <T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
};

/** Where the file says what a block was to hold, that counts; where it does not, what its neighbours hold. */
const keepOfFunction = (
  records: InstanceRecord[],
  isolations: ReadonlySet<string>,
  planned: readonly BlockRecord[],
): Set<number> => {
  const plans = new Map(planned.map(({ block, arms }) => [block, arms.filter((arm) => isolations.has(arm.isolation))]));
  const kept = neighbouringBlocks(
    records.filter(({ block }) => !plans.has(block)),
    isolations,
  );
  for (const [block, own] of groupBy(records, (record) => record.block)) {
    const there = new Set(own.map(armKey));
    const hasControl = own.some(({ arm, revision }) => arm === 'control' && revision === 'head');
    if (hasControl && plans.get(block)?.every((arm) => there.has(armKey(arm)))) kept.add(block);
  }
  return kept;
};

/**
 * Leaves out blocks that lack an arm: those without a control, those that lack one of the arms that they were to hold; where
 * no record says which, those with a gap, and a last one that was cut off. Applied twice it leaves out nothing more. A
 * failed instance stands in its block and makes it no less complete.
 * @param isolations those of the configuration: arms of others are kept, and expected nowhere
 */
export const completeBlocks = (
  instances: InstanceRecord[],
  isolations: ReadonlySet<string>,
  planned: readonly BlockRecord[] = [],
): { instances: InstanceRecord[]; incomplete: number; incompleteByFunction: Map<string, number> } => {
  const byFunction = groupBy(instances, (record) => record.function);
  const plans = groupBy(planned, (record) => record.function);
  const kept = new Map(
    [...byFunction].map(([name, records]) => [name, keepOfFunction(records, isolations, plans.get(name) ?? [])]),
  );
  const incompleteByFunction = new Map(
    [...byFunction].map(([name, records]) => {
      const blocks = new Set(records.map((record) => record.block)).size;
      return [name, blocks - (kept.get(name)?.size ?? 0)];
    }),
  );
  return {
    instances: instances.filter((record) => kept.get(record.function)?.has(record.block) === true),
    incomplete: [...incompleteByFunction.values()].reduce((sum, count) => sum + count, 0),
    incompleteByFunction,
  };
};
