import { median } from 'simple-statistics';
import { findRecord } from '../baseline/find-record.ts';
import { formatPercent, METRIC_NAMES } from '../lib/format.ts';
import type { Config } from '../model/config.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import { shiftBounds } from '../stats/shift-bounds.ts';
import type { RunFacts } from './plan-comparisons.ts';

/** Two runs on one machine differ by less than this factor anyway. */
const NOTICEABLE = 1.02;

/** How the control's own cost changed since the baseline, as a factor with bounds; per function and metric. */
export interface ControlDrift {
  function: string;
  metric: Metric;
  control: string;
  /** The reference of the control. */
  than: 'the base' | 'the stored baseline';
  estimate: number;
  lower: number;
  /** Median costs of the control now and in the reference, in the metric's cost unit. */
  nowMedian: number;
  thenMedian: number;
}

const isSlower = (drift: ControlDrift): boolean => drift.lower > 1 && drift.estimate > NOTICEABLE;

/** Throughput counts as the time of one invocation, so a larger number must not read as a gain. */
const tellChange = ({ metric, control, estimate, than }: ControlDrift): string =>
  metric === 'throughput'
    ? `an invocation of the control ${control} takes ${formatPercent(estimate - 1)} longer than on ${than} (throughput)`
    : `${METRIC_NAMES[metric]} of the control ${control} is ${formatPercent(estimate - 1)} above that of ${than}`;

/** Whether the arm would still keep its limit against the control as it was before. */
const keptAgainstThen = (comparison: ComparisonVerdict, drift: ControlDrift): boolean => {
  if (comparison.estimate === null) return true;
  const againstThen =
    comparison.scale === 'ratio'
      ? comparison.estimate * drift.estimate
      : comparison.estimate + drift.nowMedian - drift.thenMedian;
  return againstThen <= comparison.limit;
};

/**
 * A control that got slower makes every overhead look smaller. This is a warning, and so is each budget that is met only
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
          message: `${drift.function}: ${comparison.isolation} meets its ${METRIC_NAMES[drift.metric]} budget only because the control ${drift.control} got ${formatPercent(drift.estimate - 1)} slower`,
        })),
    ];
  });

/** A slower control is reported only when it is proven. */
const CONTROL_ALPHA = { lower: 0.01, upper: 0.01 };

/** The control's costs now and before, paired by block where the base ran beside the head. */
const controlCosts = (blocks: Block[], metric: Metric, facts: RunFacts, name: string) => {
  const positive = (costs: number[]) => costs.filter((cost) => cost > 0);
  const beside = blocks.flatMap(({ control, base }) => {
    const [now, before] = [costOf(control, metric), costOf(base?.control, metric)];
    return now !== null && before !== null && now > 0 && before > 0 ? [{ now, before }] : [];
  });
  if (beside.length > 0) {
    const growth = beside.map(({ now, before }) => Math.log(now) - Math.log(before));
    const bounds = pairedBounds(growth, CONTROL_ALPHA);
    const [now, before] = [beside.map((one) => one.now), beside.map((one) => one.before)];
    return { bounds, now, before, than: 'the base' as const };
  }
  const found = findRecord(
    facts.baseline,
    { gate: facts.gate, function: name, isolation: null, metric },
    facts.fingerprint,
  );
  if (!('record' in found)) return null;
  const now = positive(pairBlocks(blocks, 'twin', metric).control);
  const before = positive(found.record.control);
  return {
    bounds: shiftBounds(now.map(Math.log), before.map(Math.log), CONTROL_ALPHA),
    now,
    before,
    than: 'the stored baseline' as const,
  };
};

/** How the control's own costs changed since the base or the baseline, with 99 % bounds; only metrics that have one. */
export const findControlDrifts = (name: string, blocks: Block[], config: Config, facts: RunFacts): ControlDrift[] =>
  METRICS.flatMap((metric) => {
    const costs = controlCosts(blocks, metric, facts, name);
    if (costs === null) return [];
    const { estimate, lower } = costs.bounds;
    if (estimate === null || lower === null) return [];
    return [
      {
        function: name,
        metric,
        control: config.control,
        than: costs.than,
        estimate: Math.exp(estimate),
        lower: Math.exp(lower),
        nowMedian: median(costs.now),
        thenMedian: median(costs.before),
      },
    ];
  });
