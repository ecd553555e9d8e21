import type { BlockRecord, InstanceRecord } from '../model/samples.ts';
import { numberArms } from './arm-numbers.ts';

/** The arms that blocks with the same list are to hold, as numbers. */
interface Plan {
  arms: ReadonlySet<number>;
  /** Those of configured isolations. */
  needed: ReadonlySet<number>;
}

interface BlockState {
  /** Null where no record says. */
  plan: Plan | null;
  /** The first arms as bits, because most blocks have few; the others by number. */
  seen: number;
  others: Set<number> | null;
  /** Arms of configured isolations that the block still lacks. */
  missing: number;
  hasControl: boolean;
  /** A block that decides nothing, so it is not counted. */
  isOrientation: boolean;
}

/** Follows the blocks of one file, record by record. Adding a record returns why it contradicts those before it, or null. */
export interface BlockTracker {
  addBlock(record: BlockRecord): string | null;
  addInstance(record: InstanceRecord): string | null;
  /** How many deciding blocks of a function hold a control and every arm that their record names. */
  wholeBlocks(functionName: string): number;
  /** Every block of the function has a record, and holds a control and every arm of it. */
  isComplete(functionName: string): boolean;
}

const BITS = 31;

const hasSeen = ({ seen, others }: BlockState, arm: number): boolean =>
  arm < BITS ? ((seen >>> arm) & 1) === 1 : (others?.has(arm) ?? false);

const note = (state: BlockState, arm: number): void => {
  if (arm < BITS) state.seen |= 1 << arm;
  else {
    state.others ??= new Set();
    state.others.add(arm);
  }
};

const isWhole = ({ hasControl, missing }: BlockState): boolean => hasControl && missing === 0;

/**
 * @param isolations those of the configuration: arms of others are never missed
 * @param findLine the line of an instance that was added before
 */
export const trackBlocks = (
  isolations: ReadonlySet<string>,
  findLine: (record: InstanceRecord) => number | null,
): BlockTracker => {
  const functions = new Map<string, Map<number, BlockState>>();
  const whole = new Map<string, number>();
  const numbers = numberArms();
  const plans = new WeakMap<BlockRecord['arms'], Plan>();

  const planOf = (arms: BlockRecord['arms']): Plan => {
    const known = plans.get(arms);
    if (known !== undefined) return known;
    const needed = new Set(arms.filter(({ isolation }) => isolations.has(isolation)).map(numbers.of));
    const plan = { arms: new Set(arms.map(numbers.of)), needed };
    plans.set(arms, plan);
    return plan;
  };

  const stateOf = ({ function: name, block }: BlockRecord | InstanceRecord): BlockState => {
    let states = functions.get(name);
    if (states === undefined) {
      states = new Map();
      functions.set(name, states);
    }
    let state = states.get(block);
    if (state === undefined) {
      state = { plan: null, seen: 0, others: null, missing: 0, hasControl: false, isOrientation: false };
      states.set(block, state);
    }
    return state;
  };

  return {
    wholeBlocks: (name) => whole.get(name) ?? 0,
    isComplete(name) {
      for (const state of functions.get(name)?.values() ?? []) if (state.plan === null || !isWhole(state)) return false;
      return true;
    },
    addBlock(record) {
      const state = stateOf(record);
      const place = `block: ${record.block}: ${record.function}`;
      if (state.plan !== null) return `${place} has its record already; accepted: one a block`;
      if (state.seen !== 0 || state.others !== null)
        return `${place} has instances already; accepted: its record before them`;
      state.isOrientation = record.orientation === true;
      state.plan = planOf(record.arms);
      state.missing = state.plan.needed.size;
      return null;
    },
    addInstance(record) {
      const { function: name, block, isolation, arm, revision } = record;
      const state = stateOf(record);
      const number = numbers.of(record);
      const place = (): string => `block: ${block}: ${name}/${isolation} (${arm}, ${revision})`;
      if (hasSeen(state, number))
        return `${place()} stands in line ${findLine(record)} already; accepted: one instance of an arm a block`;
      if (state.plan?.arms.has(number) === false)
        return `${place()} is not in its block's record; accepted: the arms that are`;
      const wasWhole = isWhole(state);
      note(state, number);
      if (state.plan?.needed.has(number)) state.missing -= 1;
      state.hasControl ||= arm === 'control' && revision === 'head';
      if (!wasWhole && isWhole(state) && !state.isOrientation) whole.set(name, (whole.get(name) ?? 0) + 1);
      return null;
    },
  };
};
