import type { InstanceRecord } from '../model/samples.ts';

/** The arms of one revision in one block. */
export interface RevisionArms {
  control: InstanceRecord | null;
  twin: InstanceRecord | null;
  treatments: Map<string, InstanceRecord>;
}

/** One block of one function: head's arms, and those of the base revision where it ran beside it. */
export interface Block extends RevisionArms {
  index: number;
  base: RevisionArms | null;
}

const noArms = (): RevisionArms => ({ control: null, twin: null, treatments: new Map() });

/** The blocks of each function, in the order in which they were measured. */
export const groupBlocks = (instances: InstanceRecord[]): Map<string, Block[]> => {
  const functions = new Map<string, Map<number, Block>>();
  for (const record of instances) {
    const blocks = functions.get(record.function) ?? new Map<number, Block>();
    functions.set(record.function, blocks);
    const block: Block = blocks.get(record.block) ?? { index: record.block, ...noArms(), base: null };
    blocks.set(record.block, block);
    if (record.revision === 'base') block.base ??= noArms();
    const arms = record.revision === 'base' && block.base !== null ? block.base : block;
    if (record.arm === 'treatment') arms.treatments.set(record.isolation, record);
    else arms[record.arm] = record;
  }
  return new Map(
    [...functions].map(([name, blocks]) => [name, [...blocks.values()].sort((a, b) => a.index - b.index)]),
  );
};
