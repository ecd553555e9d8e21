import type { BlockRecord, InstanceRecord } from '../model/samples.ts';
import { armKey } from './group-blocks.ts';

interface BlockState {
  /** The arms that the block was to hold; null where no record says. */
  planned: ReadonlySet<string> | null;
  /** The arms of configured isolations that the block still lacks. */
  missing: Set<string>;
  hasControl: boolean;
  /** A block that decides nothing, so it is not counted. */
  isOrientation: boolean;
  isWhole: boolean;
  /** The line of each arm's instance. */
  lines: Map<string, number>;
}

/** Follows the blocks of one file, record by record. Adding a record returns why it contradicts those before it, or null. */
export interface BlockTracker {
  addBlock(record: BlockRecord): string | null;
  addInstance(record: InstanceRecord, line: number): string | null;
  /** How many deciding blocks of a function hold a control and every arm that their record names. */
  wholeBlocks(functionName: string): number;
}

const newState = (): BlockState => ({
  planned: null,
  missing: new Set(),
  hasControl: false,
  isOrientation: false,
  isWhole: false,
  lines: new Map(),
});

/** @param isolations those of the configuration: arms of others are never missed */
export const trackBlocks = (isolations: ReadonlySet<string>): BlockTracker => {
  const states = new Map<string, BlockState>();
  const whole = new Map<string, number>();

  const stateOf = ({ function: name, block }: BlockRecord | InstanceRecord): BlockState => {
    const key = JSON.stringify([name, block]);
    const state = states.get(key) ?? newState();
    states.set(key, state);
    return state;
  };

  return {
    wholeBlocks: (name) => whole.get(name) ?? 0,
    addBlock(record) {
      const state = stateOf(record);
      const place = `block: ${record.block}: ${record.function}`;
      if (state.planned !== null) return `${place} has its record already; accepted: one a block`;
      if (state.lines.size > 0) return `${place} has instances already; accepted: its record before them`;
      state.isOrientation = record.orientation === true;
      state.planned = new Set(record.arms.map(armKey));
      state.missing = new Set(record.arms.filter(({ isolation }) => isolations.has(isolation)).map(armKey));
      return null;
    },
    addInstance(record, line) {
      const { function: name, block, isolation, arm, revision } = record;
      const state = stateOf(record);
      const key = armKey(record);
      const place = `block: ${block}: ${name}/${isolation} (${arm}, ${revision})`;
      const earlier = state.lines.get(key);
      if (earlier !== undefined)
        return `${place} stands in line ${earlier} already; accepted: one instance of an arm a block`;
      if (state.planned?.has(key) === false)
        return `${place} is not in its block's record; accepted: the arms that are`;
      state.lines.set(key, line);
      state.missing.delete(key);
      state.hasControl ||= arm === 'control' && revision === 'head';
      if (state.hasControl && state.missing.size === 0 && !state.isWhole && !state.isOrientation) {
        state.isWhole = true;
        whole.set(name, (whole.get(name) ?? 0) + 1);
      }
      return null;
    },
  };
};
