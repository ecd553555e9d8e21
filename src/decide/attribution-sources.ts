/** Flow part: the costs of one arm before and now, wherever they stand. */

import type { BaselineRecord } from '../model/baseline.ts';
import type { Metric } from '../model/metrics.ts';
import type { StartPhase } from '../model/phases.ts';
import type { InstanceRecord } from '../model/samples.ts';
import type { Block, RevisionArms } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { comparablePhases, phaseDurations } from '../samples/phase-durations.ts';
import type { Costs } from '../stats/cost-shift.ts';

/** Where the costs of one arm come from. */
export interface CostSource {
  costs: (metric: Metric) => Costs;
  phases: () => [StartPhase, Costs][];
}

/** The arm of one revision in one block. */
export type ArmOf = (arms: RevisionArms) => InstanceRecord | null | undefined;

const durationsOf = (record: InstanceRecord | null | undefined): Map<StartPhase, number> =>
  record?.status === 'ok' ? phaseDurations(record.phases_ms) : new Map();

/** Both revisions in the same blocks. */
export const fromBase = (blocks: Block[], armOf: ArmOf): CostSource => {
  const pairs = blocks.flatMap((block) =>
    block.base === null ? [] : [{ before: armOf(block.base), now: armOf(block) }],
  );
  return {
    costs: (metric) => ({
      blocks: pairs.map(({ before, now }) => ({ before: costOf(before, metric), now: costOf(now, metric) })),
    }),
    phases: () => {
      const durations = pairs.map(({ before, now }) => ({ before: durationsOf(before), now: durationsOf(now) }));
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
  armOf: ArmOf,
  before: (metric: Metric) => readonly number[],
  phasesThen: BaselineRecord['phases'],
): CostSource => {
  const records = blocks.map(armOf);
  return {
    costs: (metric) => ({
      before: before(metric),
      now: records.map((record) => costOf(record, metric)).filter((cost) => cost !== null),
    }),
    phases: () => {
      const now = records.map(durationsOf);
      const known = now.flatMap((durations) => [...durations.keys()]);
      return comparablePhases(Object.keys(phasesThen ?? {}) as StartPhase[], known).map((phase) => [
        phase,
        { before: phasesThen?.[phase] ?? [], now: now.flatMap((durations) => durations.get(phase) ?? []) },
      ]);
    },
  };
};
