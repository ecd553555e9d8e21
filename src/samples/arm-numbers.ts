import type { BlockRecord, InstanceRecord } from '../model/samples.ts';

export type Arm = BlockRecord['arms'][number];

/** Numbers the arms of a file from 0, in the order in which they are met. */
export interface ArmNumbers {
  of(arm: Pick<InstanceRecord, 'isolation' | 'arm' | 'revision'>): number;
  at(number: number): Arm;
}

const SLOTS = { control: 0, twin: 2, treatment: 4 } as const;

export const numberArms = (): ArmNumbers => {
  const arms: Arm[] = [];
  const byIsolation = new Map<string, (number | undefined)[]>();
  return {
    of({ isolation, arm, revision }) {
      let slots = byIsolation.get(isolation);
      if (slots === undefined) {
        slots = [undefined, undefined, undefined, undefined, undefined, undefined];
        byIsolation.set(isolation, slots);
      }
      const slot = SLOTS[arm] + (revision === 'base' ? 1 : 0);
      const known = slots[slot];
      if (known !== undefined) return known;
      slots[slot] = arms.length;
      return arms.push({ isolation, arm, revision }) - 1;
    },
    at: (number) => arms[number] as Arm,
  };
};
