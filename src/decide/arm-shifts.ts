/** The costs of one arm before and now, from the base beside the head or from stored records. */

import type { BaselineRecord } from '../model/baseline.ts';
import { costUnit, type Metric, type StartPhase } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { Shift } from '../model/verdict.ts';
import type { Block, RevisionArms } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { comparablePhases, phaseDurations } from '../samples/phase-durations.ts';
import type { Costs } from '../stats/cost-shift.ts';

/** A cost before and now: medians, and the factor between them with two-sided 95 % bounds. */
interface CostShift {
  before: number;
  now: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
}

/** What is known about one arm before and now; costs in ms or bytes, phases in ms. */
export interface ArmShifts {
  costs: Map<Metric, CostShift>;
  phases: Map<StartPhase, CostShift>;
}

/** The same, with names for people and whether each number is proven to have moved. */
export interface NamedShifts {
  costs: Map<Metric, Shift>;
  phases: [StartPhase, Shift][];
}

/** A smaller move does not count, even where it is proven. */
const LEAST_MOVE = 0.01;

const toShift = (what: string, unit: Shift['unit'], { before, now, estimate, lower, upper }: CostShift): Shift => {
  const isUp = lower !== null && lower > 1 && estimate > 1 + LEAST_MOVE;
  const isDown = upper !== null && upper < 1 && estimate < 1 - LEAST_MOVE;
  return { what, before, now, unit, estimate, lower, upper, moved: isUp ? 'up' : isDown ? 'down' : null };
};

/** @param name `gvisor`, `the control native` */
export const nameShifts = (name: string, { costs, phases }: ArmShifts): NamedShifts => ({
  costs: new Map(
    [...costs].map(([metric, shift]) => {
      return [metric, toShift(`${metric.replaceAll('_', ' ')} of ${name}`, costUnit(metric), shift)];
    }),
  ),
  phases: [...phases].map(([phase, shift]) => [
    phase,
    toShift(`phase ${phase.replaceAll('_', ' ')} of ${name}`, 'ms', shift),
  ]),
});

/** Both arms got slower by about the same factor, so the isolation is not the cause. */
export const isCommonMove = (treatment: Shift | undefined, control: Shift | undefined): boolean =>
  treatment?.moved === 'up' && control?.moved === 'up' && treatment.estimate <= control.estimate * (1 + LEAST_MOVE);

/** Where the costs of one arm come from. */
export interface CostSource {
  costs: (metric: Metric) => Costs;
  phases: () => [StartPhase, Costs][];
}

/** Picks one arm of a revision in one block. */
export type ArmPicker = (arms: RevisionArms) => InstanceRecord | null | undefined;

const readDurations = (record: InstanceRecord | null | undefined): Map<StartPhase, number> =>
  record?.status === 'ok' ? phaseDurations(record.phases_ms) : new Map();

/** Both revisions in the same blocks. */
export const fromBase = (blocks: Block[], pickArm: ArmPicker): CostSource => {
  const pairs = blocks.flatMap((block) =>
    block.base === null ? [] : [{ before: pickArm(block.base), now: pickArm(block) }],
  );
  return {
    costs: (metric) => ({
      blocks: pairs.map(({ before, now }) => ({ before: costOf(before, metric), now: costOf(now, metric) })),
    }),
    phases: () => {
      const durations = pairs.map(({ before, now }) => ({ before: readDurations(before), now: readDurations(now) }));
      const known = (side: 'before' | 'now') => durations.flatMap((pair) => [...pair[side].keys()]);
      return comparablePhases(known('before'), known('now')).map((phase) => [
        phase,
        {
          blocks: durations.map(({ before, now }) => ({
            before: before.get(phase) ?? null,
            now: now.get(phase) ?? null,
          })),
        },
      ]);
    },
  };
};

/** Head against what an earlier run recorded. */
export const fromRecords = (
  blocks: Block[],
  pickArm: ArmPicker,
  before: (metric: Metric) => readonly number[],
  phasesThen: BaselineRecord['phases'],
): CostSource => {
  const records = blocks.map(pickArm);
  return {
    costs: (metric) => ({
      before: before(metric),
      now: records.map((record) => costOf(record, metric)).filter((cost) => cost !== null),
    }),
    phases: () => {
      const now = records.map(readDurations);
      const known = now.flatMap((durations) => [...durations.keys()]);
      return comparablePhases(Object.keys(phasesThen ?? {}) as StartPhase[], known).map((phase) => [
        phase,
        { before: phasesThen?.[phase] ?? [], now: now.flatMap((durations) => durations.get(phase) ?? []) },
      ]);
    },
  };
};
