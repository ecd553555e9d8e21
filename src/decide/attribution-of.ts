/** Flow: why an overhead grew, from the instances of the base beside head, else from the baseline's records. */

import { type FoundRecord, findRecord } from '../baseline/find-record.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config } from '../model/config.ts';
import type { Metric } from '../model/metrics.ts';
import type { Attribution, ComparisonVerdict } from '../model/verdict.ts';
import type { Block } from '../samples/group-blocks.ts';
import { type Costs, costShift } from '../stats/cost-shift.ts';
import { attribute } from './attribution.ts';
import type { ArmShifts } from './attribution-arm.ts';
import { type ArmOf, type CostSource, fromBase, fromRecords } from './attribution-sources.ts';
import type { RunFacts } from './circumstances.ts';

/** The treatment's own costs; older records hold them only as what they were above the control of the same block. */
const treatmentOf = ({ treatment, control, blocks: { difference } }: BaselineRecord): readonly number[] => {
  if (treatment !== undefined) return treatment;
  return difference.length === control.length ? difference.map((above, block) => above + (control[block] ?? 0)) : [];
};

const BESIDE: Metric[] = ['latency', 'memory', 'cpu'];

const shiftsOf = (source: CostSource, metric: Metric): ArmShifts => {
  const known = <K>(shifts: [K, Costs][]) =>
    new Map(
      shifts.flatMap(([key, costs]) => {
        const shift = costShift(costs);
        return shift === null ? [] : [[key, shift] as const];
      }),
    );
  return {
    costs: known([...new Set([metric, ...BESIDE])].map((one) => [one, source.costs(one)])),
    phases: known(source.phases()),
  };
};

/** No growth is 1 on the ratio scale and 0 on that of differences. */
const isShown = ({ kind, verdict, estimate, lower, scale }: ComparisonVerdict): boolean => {
  if (verdict === 'fail') return true;
  return kind === 'regression' && estimate !== null && lower !== null && lower > (scale === 'ratio' ? 1 : 0);
};

/** How both arms' costs are to be had, and what stands against it. */
const sourcesOf = (comparison: ComparisonVerdict, blocks: Block[], facts: RunFacts, config: Config) => {
  const armOf: Record<'treatment' | 'control', ArmOf> = {
    treatment: (arms) => arms.treatments.get(comparison.isolation),
    control: (arms) => arms.control,
  };
  const beside = blocks.filter(({ base }) => base?.control != null);
  if (beside.length > 0)
    return {
      treatment: fromBase(beside, armOf.treatment),
      control: fromBase(beside, armOf.control),
      conditions: [],
    };
  const find = (isolation: string | null, metric: Metric): FoundRecord => {
    const wanted = { gate: facts.gate, function: comparison.function, isolation, metric };
    return findRecord(facts.baseline, wanted, facts.fingerprint);
  };
  const recordOf = (isolation: string | null, metric: Metric): BaselineRecord | null => {
    const found = find(isolation, metric);
    return 'record' in found ? found.record : null;
  };
  const phasesThen = (isolation: string) => recordOf(isolation, 'cold_start')?.phases;
  const own = (metric: Metric) => {
    const record = recordOf(comparison.isolation, metric);
    return record === null ? [] : treatmentOf(record);
  };
  const found = find(comparison.isolation, comparison.metric === 'control' ? 'latency' : comparison.metric);
  return {
    treatment: fromRecords(blocks, armOf.treatment, own, phasesThen(comparison.isolation)),
    control: fromRecords(
      blocks,
      armOf.control,
      (metric) => recordOf(null, metric)?.control ?? [],
      // The control's own record holds its twin: the same isolation.
      phasesThen(config.control),
    ),
    conditions: 'differences' in found ? found.differences : [],
  };
};

/**
 * Why an overhead grew, of a regression whose growth is shown and of a broken budget; nothing where there is no base and
 * no baseline that could tell.
 */
export const attributionOf = (
  comparison: ComparisonVerdict,
  blocks: Block[],
  facts: RunFacts,
  config: Config,
): { attribution?: Attribution } => {
  // What the change did is one part of a drift only, and the base beside it says nothing of the rest.
  if (comparison.kind === 'drift' || !isShown(comparison)) return {};
  const { treatment, control, conditions } = sourcesOf(comparison, blocks, facts, config);
  const metric = comparison.metric === 'control' ? 'latency' : comparison.metric;
  const arms = { treatment: shiftsOf(treatment, metric), control: shiftsOf(control, metric) };
  const attribution = attribute({ comparison, control: config.control, arms, conditions });
  return attribution.shifts.length > 0 || attribution.conditions.length > 0 ? { attribution } : {};
};
