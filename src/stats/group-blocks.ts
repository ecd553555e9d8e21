import type { InstanceRecord } from '../types.ts';

/** One block of one function; instances of the head revision only. */
export interface Block {
  index: number;
  control: InstanceRecord | null;
  twin: InstanceRecord | null;
  treatments: Map<string, InstanceRecord>;
}

/** The blocks of each function, in the order in which they were measured. */
export const groupBlocks = (instances: InstanceRecord[]): Map<string, Block[]> => {
  const functions = new Map<string, Map<number, Block>>();
  for (const record of instances) {
    if (record.revision !== 'head') continue;
    const blocks = functions.get(record.function) ?? new Map<number, Block>();
    functions.set(record.function, blocks);
    const block = blocks.get(record.block) ?? {
      index: record.block,
      control: null,
      twin: null,
      treatments: new Map<string, InstanceRecord>(),
    };
    blocks.set(record.block, block);
    if (record.arm === 'treatment') block.treatments.set(record.isolation, record);
    else block[record.arm] = record;
  }
  return new Map(
    [...functions].map(([name, blocks]) => [name, [...blocks.values()].sort((a, b) => a.index - b.index)]),
  );
};
