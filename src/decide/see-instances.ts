/** What the instances of a run say before anything is decided, function by function, so that not all of them are in memory at once. */

import type { InstanceRecord } from '../model/samples.ts';

interface Emulation {
  count: number;
  emulated: number;
  /** They say that they were not emulated; the key is optional. */
  denied: number;
}

/** The instances of one isolation: all of them, and those that ended well. */
export interface ArmTally {
  all: Emulation;
  worked: Emulation;
}

/** One arm of the base. */
export interface BaseArm {
  first: InstanceRecord;
  hasWorked: boolean;
}

/** The base's arms of one function: its control, and its treatments by isolation. */
export interface BaseArms {
  control: BaseArm | null;
  treatments: ReadonlyMap<string, BaseArm>;
}

/** What the instances of one function say. */
export interface SeenFunction {
  /** By isolation. */
  arms: ReadonlyMap<string, ArmTally>;
  /** Null where no base was measured. */
  base: BaseArms | null;
}

export interface SeenInstances {
  /** By isolation, over all functions. */
  arms: ReadonlyMap<string, ArmTally>;
  functions: ReadonlyMap<string, SeenFunction>;
}

export const NOTHING_SEEN: SeenInstances = { arms: new Map(), functions: new Map() };

const newTally = (): ArmTally => ({
  all: { count: 0, emulated: 0, denied: 0 },
  worked: { count: 0, emulated: 0, denied: 0 },
});

export const NO_INSTANCES: ArmTally = newTally();

const tallyOf = (tallies: Map<string, ArmTally>, isolation: string): ArmTally => {
  const known = tallies.get(isolation) ?? newTally();
  tallies.set(isolation, known);
  return known;
};

const add = (sum: Emulation, { count, emulated, denied }: Emulation): void => {
  sum.count += count;
  sum.emulated += emulated;
  sum.denied += denied;
};

const seeBase = (instances: InstanceRecord[]): BaseArms | null => {
  let control: BaseArm | null = null;
  const treatments = new Map<string, BaseArm>();
  const see = (known: BaseArm | null | undefined, record: InstanceRecord): BaseArm => ({
    first: known?.first ?? record,
    hasWorked: known?.hasWorked === true || record.status === 'ok',
  });
  let hasBase = false;
  for (const record of instances) {
    if (record.revision !== 'base') continue;
    hasBase = true;
    if (record.arm === 'control') control = see(control, record);
    else if (record.arm === 'treatment')
      treatments.set(record.isolation, see(treatments.get(record.isolation), record));
  }
  return hasBase ? { control, treatments } : null;
};

export const seeFunction = (instances: InstanceRecord[]): SeenFunction => {
  const arms = new Map<string, ArmTally>();
  for (const { isolation, status, emulated } of instances) {
    const one = { count: 1, emulated: emulated === true ? 1 : 0, denied: emulated === false ? 1 : 0 };
    const tally = tallyOf(arms, isolation);
    add(tally.all, one);
    if (status === 'ok') add(tally.worked, one);
  }
  return { arms, base: seeBase(instances) };
};

export const seeTogether = (functions: ReadonlyMap<string, SeenFunction>): SeenInstances => {
  const arms = new Map<string, ArmTally>();
  for (const own of functions.values())
    for (const [isolation, { all, worked }] of own.arms) {
      const tally = tallyOf(arms, isolation);
      add(tally.all, all);
      add(tally.worked, worked);
    }
  return { arms, functions };
};
