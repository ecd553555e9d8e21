/** Why an overhead grew, from the instances of the base beside the head, else from the baseline's records. */

import { type FoundRecord, findRecord } from '../baseline/find-record.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config } from '../model/config.ts';
import type { Metric } from '../model/metrics.ts';
import type { Attribution, ComparisonVerdict, Shift } from '../model/verdict.ts';
import type { Block } from '../samples/group-blocks.ts';
import { type Costs, costShift } from '../stats/cost-shift.ts';
import {
  type ArmPicker,
  type ArmShifts,
  type CostSource,
  fromBase,
  fromRecords,
  isCommonMove,
  nameShifts,
} from './arm-shifts.ts';
import { summarise, summariseConditions, summariseControl } from './attribution-text.ts';
import type { RunFacts } from './plan-comparisons.ts';

export interface Question {
  comparison: Pick<ComparisonVerdict, 'isolation' | 'metric'>;
  /** Name of the control isolation. */
  control: string;
  arms: { treatment: ArmShifts; control: ArmShifts };
  /** How the baseline's fingerprint differs, where that prevents a comparison. */
  conditions: string[];
}

const findCause = (treatment: Shift | undefined, control: Shift | undefined): Attribution['cause'] => {
  const isSlower = treatment?.moved === 'up';
  const isControlFaster = control?.moved === 'down';
  if (isSlower && isControlFaster) return 'both';
  if (isSlower) return isCommonMove(treatment, control) ? 'unclear' : 'treatment-slower';
  // Where the treatment got faster by as much, the overhead has not grown.
  const hasLagged = treatment === undefined || treatment.estimate > (control?.estimate ?? 0);
  return isControlFaster && hasLagged ? 'control-faster' : 'unclear';
};

/**
 * Which of the two arms moved, and what moved with it; of the control's own growth, `treatment-slower` says that the
 * control is what got slower. A shift has `moved` where its 95 % interval excludes none and its estimate is over 1 %. Of
 * twenty shifts one moves by chance: they explain what is decided elsewhere, and decide nothing.
 */
export const attribute = ({ comparison, control: controlName, arms, conditions }: Question): Attribution => {
  const { isolation, metric } = comparison;
  const control = nameShifts(`the control ${controlName}`, arms.control);
  const treatment = nameShifts(isolation, arms.treatment);
  const shifts = (metric === 'control' ? [control] : [treatment, control]).flatMap(({ costs, phases }) => [
    ...costs.values(),
    ...phases.map(([, shift]) => shift),
  ]);
  if (shifts.length === 0 && conditions.length > 0)
    return { cause: 'conditions', summary: summariseConditions(conditions), shifts, conditions };
  if (metric === 'control') {
    const cause = control.costs.get('latency')?.moved === 'up' ? 'treatment-slower' : 'unclear';
    return { cause, summary: summariseControl(controlName, control), shifts, conditions };
  }
  const cause = findCause(treatment.costs.get(metric), control.costs.get(metric));
  return { cause, summary: summarise(cause, isolation, metric, { treatment, control }), shifts, conditions };
};

/** The treatment's own costs; older records hold only their differences from the control of the same block. */
const readTreatment = ({ treatment, control, blocks: { difference } }: BaselineRecord): readonly number[] => {
  if (treatment !== undefined) return treatment;
  return difference.length === control.length ? difference.map((above, block) => above + (control[block] ?? 0)) : [];
};

const BESIDE: Metric[] = ['latency', 'memory', 'cpu'];

const computeShifts = (source: CostSource, metric: Metric): ArmShifts => {
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

/** A fail, or a proven growth. No growth is 1 on the ratio scale and 0 on the difference scale. */
const isShown = ({ kind, verdict, estimate, lower, scale }: ComparisonVerdict): boolean => {
  if (verdict === 'fail') return true;
  return kind === 'regression' && estimate !== null && lower !== null && lower > (scale === 'ratio' ? 1 : 0);
};

/** Where the costs of both arms come from, and which conditions prevent their comparison. */
const findSources = (comparison: ComparisonVerdict, blocks: Block[], facts: RunFacts, config: Config) => {
  const pickArm: Record<'treatment' | 'control', ArmPicker> = {
    treatment: (arms) => arms.treatments.get(comparison.isolation),
    control: (arms) => arms.control,
  };
  const beside = blocks.filter(({ base }) => base?.control != null);
  if (beside.length > 0)
    return {
      treatment: fromBase(beside, pickArm.treatment),
      control: fromBase(beside, pickArm.control),
      conditions: [],
    };
  const find = (isolation: string | null, metric: Metric): FoundRecord => {
    const wanted = { gate: facts.gate, function: comparison.function, isolation, metric };
    return findRecord(facts.baseline, wanted, facts.fingerprint);
  };
  const findOwnRecord = (isolation: string | null, metric: Metric): BaselineRecord | null => {
    const found = find(isolation, metric);
    return 'record' in found ? found.record : null;
  };
  const phasesThen = (isolation: string) => findOwnRecord(isolation, 'cold_start')?.phases;
  const own = (metric: Metric) => {
    const record = findOwnRecord(comparison.isolation, metric);
    return record === null ? [] : readTreatment(record);
  };
  const found = find(comparison.isolation, comparison.metric === 'control' ? 'latency' : comparison.metric);
  return {
    treatment: fromRecords(blocks, pickArm.treatment, own, phasesThen(comparison.isolation)),
    control: fromRecords(
      blocks,
      pickArm.control,
      (metric) => findOwnRecord(null, metric)?.control ?? [],
      // The record of the control isolation holds its A/A control.
      phasesThen(config.control),
    ),
    conditions: 'differences' in found ? found.differences : [],
  };
};

/** For broken budgets and proven growth; nothing where neither a base nor a baseline could tell. */
export const attributeGrowth = (
  comparison: ComparisonVerdict,
  blocks: Block[],
  facts: RunFacts,
  config: Config,
): { attribution?: Attribution } => {
  // The change is only one part of a drift, and the base beside it says nothing about the other parts.
  if (comparison.kind === 'drift' || !isShown(comparison)) return {};
  const { treatment, control, conditions } = findSources(comparison, blocks, facts, config);
  const metric = comparison.metric === 'control' ? 'latency' : comparison.metric;
  const arms = { treatment: computeShifts(treatment, metric), control: computeShifts(control, metric) };
  const attribution = attribute({ comparison, control: config.control, arms, conditions });
  return attribution.shifts.length > 0 || attribution.conditions.length > 0 ? { attribution } : {};
};
