import type { Metric } from '../model/metrics.ts';
import type { Block } from './group-blocks.ts';
import { costOf } from './metric-value.ts';
import { type ArmCount, countArm } from './pair-blocks.ts';

/** Differences of each block on both scales. `ratio` holds only blocks in which all costs are above zero. */
interface Series {
  ratio: number[];
  difference: number[];
}

/** What the blocks say that hold both revisions. */
export interface RevisionSeries {
  /**
   * Growth of the overhead: `ratio` ln(T_head ÷ C_head) − ln(T_base ÷ C_base), `difference` (T_head − C_head) −
   * (T_base − C_base) in ms or bytes.
   */
  growth: Series;
  /** Growth of the control itself: ln(C_head ÷ C_base) and C_head − C_base, also where the treatments failed. */
  control: Series;
  /** How many instances the file holds, and how many of them failed, by revision. */
  head: { arm: ArmCount; control: ArmCount };
  base: { arm: ArmCount; control: ArmCount };
}

const append = (series: Series, plus: number[], minus: number[]): void => {
  const total = (costs: number[]) => costs.reduce((sum, cost) => sum + cost, 0);
  series.difference.push(total(plus) - total(minus));
  if ([...plus, ...minus].every((cost) => cost > 0))
    series.ratio.push(total(plus.map(Math.log)) - total(minus.map(Math.log)));
};

/**
 * Head against base, each revision's treatment with its own control, all four in the same block, so that whatever slowed the
 * machine slowed both revisions. Blocks without a base are left out.
 * @param isolation of the treatment; for the control's own name only `control` has values
 * @param scale of the decision: a cost of zero counts as failed for ratios
 */
export const pairRevisions = (
  blocks: Block[],
  isolation: string,
  metric: Metric,
  scale: 'ratio' | 'difference' = 'difference',
): RevisionSeries => {
  const growth: Series = { ratio: [], difference: [] };
  const control: Series = { ratio: [], difference: [] };
  const both = blocks.flatMap((block) => (block.base === null ? [] : [{ head: block, base: block.base }]));
  for (const { head, base } of both) {
    const [headControl, baseControl] = [costOf(head.control, metric), costOf(base.control, metric)];
    if (headControl === null || baseControl === null) continue;
    append(control, [headControl], [baseControl]);
    const headArm = costOf(head.treatments.get(isolation), metric);
    const baseArm = costOf(base.treatments.get(isolation), metric);
    if (headArm !== null && baseArm !== null) append(growth, [headArm, baseControl], [headControl, baseArm]);
  }
  const count = (revision: 'head' | 'base') => {
    const arms = both.map((block) => block[revision]);
    const treatments = arms.map(({ treatments }) => treatments.get(isolation) ?? null);
    const controls = arms.map((one) => one.control);
    return { arm: countArm(treatments, metric, scale), control: countArm(controls, metric, scale) };
  };
  return { growth, control, head: count('head'), base: count('base') };
};
