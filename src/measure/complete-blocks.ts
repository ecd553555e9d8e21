import type { BlockRecord, InstanceRecord } from '../types.ts';

const armOf = (record: Pick<InstanceRecord, 'isolation' | 'arm' | 'revision'>): string =>
  JSON.stringify([record.isolation, record.arm, record.revision]);

/**
 * Emulated arms take part in few blocks by design, and an arm that never worked is given up: neither is expected. One
 * instance that says it was emulated does not speak for others that do not.
 */
const expectedArms = (records: InstanceRecord[]): Set<string> =>
  new Set(records.filter((record) => record.status === 'ok' && record.emulated !== true).map(armOf));

/** The complete blocks of one function, as far as one pass sees. */
const completeOnce = (records: InstanceRecord[]): Set<number> => {
  const expected = expectedArms(records);
  const blocks = new Map<number, Set<string>>();
  const span = new Map<string, { first: number; last: number }>();
  const controls = new Set<number>();
  for (const record of records) {
    const arm = armOf(record);
    blocks.set(record.block, (blocks.get(record.block) ?? new Set()).add(arm));
    const { first, last } = span.get(arm) ?? { first: record.block, last: record.block };
    span.set(arm, { first: Math.min(first, record.block), last: Math.max(last, record.block) });
    if (record.arm === 'control') controls.add(record.block);
  }
  const order = [...blocks.keys()].sort((a, b) => a - b);
  const [end, beforeEnd] = [order.at(-1), order.at(-2)];
  const isMissing = (arm: string, block: number): boolean => {
    if (blocks.get(block)?.has(arm) === true) return false;
    const { first, last } = span.get(arm) ?? { first: 0, last: -1 };
    // An arm that ends for good was dropped at a look; only in the very last block may it have been cut off.
    return (block > first && block < last) || (block === end && last === beforeEnd);
  };
  return new Set(order.filter((block) => controls.has(block) && ![...expected].some((arm) => isMissing(arm, block))));
};

/** A block that goes may leave an arm's last one as the last of all: pass after pass, until no more go. */
const keepComplete = (records: InstanceRecord[]): Set<number> => {
  let left = records;
  for (;;) {
    const kept = completeOnce(left);
    const next = left.filter((record) => kept.has(record.block));
    if (next.length === left.length) return kept;
    left = next;
  }
};

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
const keepOfFunction = (records: InstanceRecord[], planned: readonly BlockRecord[]): Set<number> => {
  const plans = new Map(planned.map(({ block, arms }) => [block, arms]));
  const kept = keepComplete(records.filter(({ block }) => !plans.has(block)));
  for (const [block, own] of groupBy(records, (record) => record.block)) {
    const there = new Set(own.map(armOf));
    const hasControl = own.some(({ arm }) => arm === 'control');
    if (hasControl && plans.get(block)?.every((arm) => there.has(armOf(arm)))) kept.add(block);
  }
  return kept;
};

/**
 * Leaves out blocks that lack an arm: those without a control, those that lack one of the arms that they were to hold; where
 * no record says which, those with a gap, and a last one that was cut off. Applied twice it leaves out nothing more. A
 * failed instance stands in its block and makes it no less complete.
 */
export const completeBlocks = (
  instances: InstanceRecord[],
  planned: readonly BlockRecord[] = [],
): { instances: InstanceRecord[]; incomplete: number; incompleteByFunction: Map<string, number> } => {
  const byFunction = groupBy(instances, (record) => record.function);
  const plans = groupBy(planned, (record) => record.function);
  const kept = new Map(
    [...byFunction].map(([name, records]) => [name, keepOfFunction(records, plans.get(name) ?? [])]),
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
