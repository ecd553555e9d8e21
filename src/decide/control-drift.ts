import type { Metric } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { showMetric } from './scale.ts';

/** A slower control under this factor is what two runs on one machine differ by anyway. */
const NOTICEABLE = 1.02;

/** How the control's own cost changed since the baseline, as a factor with bounds; per function and metric. */
export interface ControlDrift {
  function: string;
  metric: Metric;
  control: string;
  /** What it is compared with. */
  than: 'the base' | 'the stored baseline';
  estimate: number;
  lower: number;
  /** Median cost of the baseline's control over this run's, in the metric's cost unit: 40 ms now, 30 ms then. */
  nowMedian: number;
  thenMedian: number;
}

const isSlower = (drift: ControlDrift): boolean => drift.lower > 1 && drift.estimate > NOTICEABLE;

const asPercent = (factor: number): string => `${((factor - 1) * 100).toFixed(1)} %`;

/** Throughput counts as the time of one invocation, so more of it must not read as a gain. */
const tellChange = ({ metric, control, estimate, than }: ControlDrift): string =>
  metric === 'throughput'
    ? `an invocation of the control ${control} takes ${asPercent(estimate)} longer than on ${than} (throughput)`
    : `${showMetric(metric)} of the control ${control} is ${asPercent(estimate)} above that of ${than}`;

/** Would the arm still keep its limit against the control as it was? */
const keptAgainstThen = (comparison: ComparisonVerdict, drift: ControlDrift): boolean => {
  if (comparison.estimate === null) return true;
  const againstThen =
    comparison.scale === 'ratio'
      ? comparison.estimate * drift.estimate
      : comparison.estimate + drift.nowMedian - drift.thenMedian;
  return againstThen <= comparison.limit;
};

/**
 * A control that got slower makes every overhead look smaller. Named as such, and so is each budget that is met only
 * because of it.
 */
export const controlDriftWarnings = (drifts: ControlDrift[], comparisons: ComparisonVerdict[]): Warning[] =>
  drifts.filter(isSlower).flatMap((drift) => {
    const change = tellChange(drift);
    const budgets = comparisons.filter(
      (c) => c.kind === 'budget' && c.verdict === 'pass' && c.function === drift.function && c.metric === drift.metric,
    );
    return [
      {
        code: 'control-slower',
        message: `${drift.function}: ${change}, so overheads look smaller than they are`,
      },
      ...budgets
        .filter((comparison) => !keptAgainstThen(comparison, drift))
        .map((comparison) => ({
          code: 'budget-met-by-slower-control',
          message: `${drift.function}: ${comparison.isolation} meets its ${showMetric(drift.metric)} budget only because the control ${drift.control} got ${asPercent(drift.estimate)} slower`,
        })),
    ];
  });
