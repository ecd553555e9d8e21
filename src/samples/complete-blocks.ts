/** Blocks that lack an arm are left out before anything is decided, so that every comparison sees the same blocks. */

import { groupBy } from '../lib/group-by.ts';
import type { BlockRecord, InstanceRecord } from '../model/samples.ts';
import { armKey } from './group-blocks.ts';

/**
 * Leaves out blocks without a control and blocks that lack an arm. Which arms a block was to hold its `block` record says;
 * without that record, the blocks around it do. A second pass leaves out nothing more. An instance that failed is still
 * there, so it does not make its block incomplete.
 * @param isolations those of the configuration: arms of others are kept where they are, and never missed
 */
export const completeBlocks = (
  instances: InstanceRecord[],
  isolations: ReadonlySet<string>,
  planned: readonly BlockRecord[] = [],
): { instances: InstanceRecord[]; incomplete: number; incompleteByFunction: Map<string, number> } => {
  const plans = groupBy(planned, (record) => record.function);
  const kept = new Map<string, Set<number>>();
  const incompleteByFunction = new Map<string, number>();
  for (const [name, records] of groupBy(instances, (record) => record.function)) {
    const complete = findComplete(records, isolations, plans.get(name) ?? []);
    kept.set(name, complete);
    incompleteByFunction.set(name, new Set(records.map(({ block }) => block)).size - complete.size);
  }
  return {
    instances: instances.filter((record) => kept.get(record.function)?.has(record.block) === true),
    incomplete: [...incompleteByFunction.values()].reduce((sum, count) => sum + count, 0),
    incompleteByFunction,
  };
};

const findComplete = (
  records: InstanceRecord[],
  isolations: ReadonlySet<string>,
  planned: readonly BlockRecord[],
): Set<number> => {
  const plans = new Map(planned.map(({ block, arms }) => [block, arms.filter((arm) => isolations.has(arm.isolation))]));
  const complete = findCompleteByNeighbours(
    records.filter(({ block }) => !plans.has(block)),
    isolations,
  );
  for (const [block, own] of groupBy(records, (record) => record.block)) {
    const present = new Set(own.map(armKey));
    const hasControl = own.some(({ arm, revision }) => arm === 'control' && revision === 'head');
    if (hasControl && plans.get(block)?.every((arm) => present.has(armKey(arm)))) complete.add(block);
  }
  return complete;
};

interface RecordedArm {
  isBase: boolean;
  /** An instance ended well and was not emulated. */
  works: boolean;
}

/** What a file holds of one block. */
interface RecordedBlock {
  number: number;
  /** The head's control; the base revision has one of its own. */
  hasControl: boolean;
  hasBase: boolean;
  /** Arms of configured isolations, by `armKey`. */
  arms: Map<string, RecordedArm>;
}

/** The blocks of one function in their order. */
const listRecordedBlocks = (records: InstanceRecord[], isolations: ReadonlySet<string>): RecordedBlock[] =>
  [...groupBy(records, ({ block }) => block)]
    .map(([number, own]) => {
      const block: RecordedBlock = { number, hasControl: false, hasBase: false, arms: new Map() };
      for (const record of own) {
        const isBase = record.revision === 'base';
        block.hasBase ||= isBase;
        block.hasControl ||= !isBase && record.arm === 'control';
        const key = armKey(record);
        const works = (record.status === 'ok' && record.emulated !== true) || block.arms.get(key)?.works === true;
        if (isolations.has(record.isolation)) block.arms.set(key, { isBase, works });
      }
      return block;
    })
    .sort((a, b) => a.number - b.number);

/** Where an arm was first and last seen. */
interface Span {
  isBase: boolean;
  /** Indices of blocks. */
  first: number;
  last: number;
  /** Number of blocks in which the arm worked. It is expected only where there is at least one. */
  works: number;
}

const findSpans = (blocks: RecordedBlock[]): Map<string, Span> => {
  const spans = new Map<string, Span>();
  for (const [index, { arms }] of blocks.entries())
    for (const [key, { isBase, works }] of arms) {
      const span = spans.get(key) ?? { isBase, first: index, last: index, works: 0 };
      spans.set(key, span);
      span.last = index;
      span.works += works ? 1 : 0;
    }
  return spans;
};

/**
 * Which blocks of one function are complete, judged by the blocks around them: those with a control in which no arm is
 * missing that was there before and after, but for a last block that was cut off. Three kinds of arms are never missed:
 * emulated ones, which take part in few blocks by design; arms that never worked, which are given up; and arms of isolations
 * that are not configured, which decide nothing. The time it takes grows linearly with the records.
 */
const findCompleteByNeighbours = (records: InstanceRecord[], isolations: ReadonlySet<string>): Set<number> => {
  const blocks = listRecordedBlocks(records, isolations);
  const spans = findSpans(blocks);
  const gaps = findGaps(blocks, spans);
  const cutOff = isLastCutOff(blocks, spans) ? blocks.at(-1) : undefined;
  const kept = blocks.filter((block, index) => block.hasControl && gaps[index] === false && block !== cutOff);
  // The blocks that are left hold fewer arms and shorter spans, so they have no new gaps. But another block is the last now.
  const left = findSpans(kept);
  while (isLastCutOff(kept, left))
    for (const [key, { works }] of kept.pop()?.arms ?? []) (left.get(key) as Span).works -= works ? 1 : 0;
  return new Set(kept.map(({ number }) => number));
};

/** For each block, whether an arm is missing that is there before and after it. Arms of the base are not missed in a block without the base. */
const findGaps = (blocks: RecordedBlock[], spans: Map<string, Span>): boolean[] => {
  // By how many arms the number of expected arms changes from the block before.
  const changes = blocks.map(() => ({ head: 0, base: 0 }));
  for (const { isBase, first, last, works } of spans.values()) {
    const [from, to] = [changes[first + 1], changes[last]];
    if (works === 0 || last === first || from === undefined || to === undefined) continue;
    from[isBase ? 'base' : 'head'] += 1;
    to[isBase ? 'base' : 'head'] -= 1;
  }
  let [head, base] = [0, 0];
  return blocks.map(({ arms, hasBase }, index) => {
    head += changes[index]?.head ?? 0;
    base += changes[index]?.base ?? 0;
    const isInside = ({ first, last, works }: Span) => works > 0 && first < index && index < last;
    const present = [...arms.keys()].filter((key) => isInside(spans.get(key) as Span)).length;
    return present < head + (hasBase ? base : 0);
  });
};

/** An arm that ends for good was dropped at a look. Only in the very last block may it have been cut off instead. */
const isLastCutOff = (blocks: RecordedBlock[], spans: Map<string, Span>): boolean => {
  const [before, end] = blocks.slice(-2);
  if (before === undefined || end === undefined) return false;
  const isMissing = ([key, { isBase }]: [string, RecordedArm]): boolean =>
    !end.arms.has(key) && (spans.get(key)?.works ?? 0) > 0 && (end.hasBase || !isBase);
  return [...before.arms].some(isMissing);
};
