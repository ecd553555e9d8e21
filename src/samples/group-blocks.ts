import { groupBy } from '../lib/group-by.ts';
import type { BlockRecord, InstanceRecord } from '../model/samples.ts';

/** The instances of one revision in one block. */
export interface RevisionArms {
  control: InstanceRecord | null;
  aaControl: InstanceRecord | null;
  treatments: Map<string, InstanceRecord>;
}

/** One block of one function: the head's instances, and those of the base where it ran beside the head. */
export interface Block extends RevisionArms {
  index: number;
  base: RevisionArms | null;
}

const toArms = (records: InstanceRecord[]): RevisionArms => {
  const arms: RevisionArms = { control: null, aaControl: null, treatments: new Map() };
  for (const record of records)
    if (record.arm === 'treatment') arms.treatments.set(record.isolation, record);
    else arms[record.arm === 'twin' ? 'aaControl' : 'control'] = record;
  return arms;
};

const toBlock = (index: number, records: InstanceRecord[]): Block => {
  if (records.every(({ revision }) => revision !== 'base')) return { index, ...toArms(records), base: null };
  const base = records.filter(({ revision }) => revision === 'base');
  const head = records.filter(({ revision }) => revision !== 'base');
  return { index, ...toArms(head), base: base.length === 0 ? null : toArms(base) };
};

/** The blocks of one function, in the order in which they were measured. */
export const toBlocks = (ofFunction: InstanceRecord[]): Block[] =>
  [...groupBy(ofFunction, ({ block }) => block)]
    .map(([index, records]) => toBlock(index, records))
    .sort((a, b) => a.index - b.index);

/** The blocks of each function. */
export const groupBlocks = (instances: InstanceRecord[]): Map<string, Block[]> =>
  new Map([...groupBy(instances, (record) => record.function)].map(([name, own]) => [name, toBlocks(own)]));

/** A text that is the same for equal arms of a function only. */
export const armKey = ({ isolation, arm, revision }: Pick<InstanceRecord, 'isolation' | 'arm' | 'revision'>): string =>
  JSON.stringify([isolation, arm, revision]);

/** Numbers of the blocks of a function that decide nothing (docs/reference/samples.md, `orientation`). */
export const listOrientationBlocks = (ofFunction: readonly BlockRecord[]): ReadonlySet<number> =>
  new Set(ofFunction.filter(({ orientation }) => orientation === true).map(({ block }) => block));
