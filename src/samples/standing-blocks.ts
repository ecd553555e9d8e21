import type { InstanceRecord } from '../model/samples.ts';
import { armKey } from './arm-key.ts';

export interface StandingArm {
  isBase: boolean;
  /** An instance ended well and was not emulated. */
  works: boolean;
}

/** What a file holds of one block. */
export interface StandingBlock {
  number: number;
  /** The head's: the base revision has its own. */
  hasControl: boolean;
  hasBase: boolean;
  /** Arms of configured isolations, by `armKey`. */
  arms: Map<string, StandingArm>;
}

/** The blocks of one function in their order. */
export const standingBlocks = (records: InstanceRecord[], isolations: ReadonlySet<string>): StandingBlock[] => {
  const blocks = new Map<number, StandingBlock>();
  for (const record of records) {
    const { block: number, status, emulated, isolation } = record;
    const block = blocks.get(number) ?? { number, hasControl: false, hasBase: false, arms: new Map() };
    blocks.set(number, block);
    const isBase = record.revision === 'base';
    block.hasBase ||= isBase;
    block.hasControl ||= !isBase && record.arm === 'control';
    const key = armKey(record);
    const works = (status === 'ok' && emulated !== true) || block.arms.get(key)?.works === true;
    if (isolations.has(isolation)) block.arms.set(key, { isBase, works });
  }
  return [...blocks.values()].sort((a, b) => a.number - b.number);
};
