import type {
  AttemptPlan,
  BlockRecord,
  CalibrationRecord,
  CutOffRecord,
  EndRecord,
  InstanceRecord,
  LookRecord,
} from '../model/samples.ts';

export type TrackedRecord =
  | Pick<InstanceRecord | BlockRecord, 'type' | 'function' | 'block'>
  | (Pick<CalibrationRecord, 'type' | 'function'> & {
      blocks?: number | undefined;
      unfit_ms?: Record<string, number> | undefined;
      stopped_ms?: Record<string, number> | undefined;
    })
  | Pick<LookRecord, 'type' | 'function' | 'hopeless'>
  | CutOffRecord
  | Pick<EndRecord, 'type'>;

interface FunctionState {
  attempt: number;
  /** Of the current attempt. */
  plan: AttemptPlan;
  earlier: AttemptPlan[];
  nextBlock: number;
  /** Its plan is in `plans`. */
  isListed: boolean;
}

export interface AttemptTracker {
  /** Records are to be added in their order. */
  add(record: TrackedRecord): void;
  /** Kept up to date. A function that had one attempt and no plan is not in it. */
  plans: ReadonlyMap<string, AttemptPlan[]>;
  /** The number of a function's next block, and that of the first block that the current attempt may have. */
  nextBlock(functionName: string): number;
  firstBlock(functionName: string): number;
  /** Whether no record came since the last `end`, or none at all. */
  isEnded(): boolean;
}

const newPlan = (): AttemptPlan => ({ horizon: null, until: null, hopeless: [] });

/** Finds attempts and their plans from the records of a samples file, in the same way while it is written and when it is read. */
export const trackAttempts = (): AttemptTracker => {
  const states = new Map<string, FunctionState>();
  const plans = new Map<string, AttemptPlan[]>();
  let attempt = 0;
  let ended = true;

  const stateOf = (name: string): FunctionState => {
    const known = states.get(name);
    if (known?.attempt === attempt) return known;
    if (known) known.plan.until = known.nextBlock;
    const earlier = known ? [...known.earlier, known.plan] : [];
    const state = { attempt, plan: newPlan(), earlier, nextBlock: known?.nextBlock ?? 0, isListed: false };
    states.set(name, state);
    return state;
  };

  return {
    plans,
    isEnded: () => ended,
    nextBlock: (name) => states.get(name)?.nextBlock ?? 0,
    firstBlock: (name) => {
      const state = states.get(name);
      return (state?.attempt === attempt ? state.earlier.at(-1)?.until : state?.nextBlock) ?? 0;
    },
    add(record) {
      ended = record.type === 'end';
      if (record.type === 'end') {
        attempt += 1;
        return;
      }
      const state = stateOf(record.function);
      if (record.type === 'calibration') {
        state.plan.horizon = record.blocks ?? state.plan.horizon;
        if (record.unfit_ms) state.plan.unfitMs = record.unfit_ms;
        if (record.stopped_ms) state.plan.stoppedMs = record.stopped_ms;
      } else if (record.type === 'cut-off') {
        state.plan.cutOff = { budgetMs: record.budget_ms, neededMs: record.needed_ms };
      } else if (record.type === 'look')
        state.plan.hopeless = [...new Set([...state.plan.hopeless, ...record.hopeless])];
      else state.nextBlock = Math.max(state.nextBlock, record.block + 1);
      const { plan, earlier } = state;
      if (
        state.isListed ||
        (earlier.length === 0 && plan.horizon === null && plan.hopeless.length === 0 && !plan.cutOff)
      )
        return;
      plans.set(record.function, [...earlier, plan]);
      state.isListed = true;
    },
  };
};
