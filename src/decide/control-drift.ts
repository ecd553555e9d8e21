import { median } from 'simple-statistics';
import { findRecord } from '../baseline/find-record.ts';
import { formatCost, formatPercent, METRIC_NAMES } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import type { Config } from '../model/config.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import { shiftBounds } from '../stats/shift-bounds.ts';
import { spreadOfControl } from './noise.ts';
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
  /** The least growth that is proven, less what two runs differ by anyway where the reference is a stored one. */
  proven: number;
  /** Median costs of the control now and in the reference, in the metric's cost unit. */
  nowMedian: number;
  thenMedian: number;
}

const isSlower = (drift: ControlDrift): boolean => drift.lower > 1 && drift.estimate > NOTICEABLE;

/** `latency by 20.0%`. Throughput counts as the time of one invocation, so a larger number must not read as a gain. */
const tellGrowth = ({ metric, estimate }: ControlDrift): string =>
  `${metric === 'throughput' ? 'throughput, the time of an invocation,' : METRIC_NAMES[metric]} by ${formatPercent(estimate - 1)}`;

const tellChange = (drift: ControlDrift): string =>
  `the control ${drift.control} costs more than on ${drift.than} (${tellGrowth(drift)})`;

/** The arm's overhead over a control that costs so many times less; null where there is none. */
const againstThen = ({ estimate, scale }: ComparisonVerdict, drift: ControlDrift, growth: number): number | null => {
  if (estimate === null) return null;
  return scale === 'ratio' ? estimate * growth : estimate + drift.nowMedian * (1 - 1 / growth);
};

/** Whether the arm would still keep its limit against the control as it was before. */
const keptAgainstThen = (comparison: ComparisonVerdict, drift: ControlDrift, growth: number): boolean =>
  (againstThen(comparison, drift, growth) ?? Number.NEGATIVE_INFINITY) <= comparison.limit;

const findBudgets = (comparisons: ComparisonVerdict[], drift: ControlDrift): ComparisonVerdict[] =>
  comparisons.filter(
    (c) => c.kind === 'budget' && c.verdict === 'pass' && c.function === drift.function && c.metric === drift.metric,
  );

/** Metrics of warm calls, which the limit of the control's own growth is about. */
const WARM: ReadonlySet<string> = new Set([
  'latency',
  'latency_p95',
  'latency_p99',
  'throughput',
  'cpu',
] satisfies Metric[]);

/** The control's own growth has a limit and keeps it: somebody has said how much slower it may get. */
const isGrowthAllowed = (comparisons: ComparisonVerdict[], drift: ControlDrift): boolean =>
  WARM.has(drift.metric) &&
  comparisons.some((c) => c.metric === 'control' && c.function === drift.function && c.gated && c.verdict === 'pass');

const advise = ({ metric, than }: ControlDrift): string => {
  if (than === 'the stored baseline') return 'accept this run as the baseline (isogate baseline accept)';
  return WARM.has(metric)
    ? 'set regression: { control: +N% } to what it may grow by'
    : 'waive the limit until the base has this change';
};

/**
 * A budget that is met only because the control got slower is not met: it is held back where it would be broken against a
 * control without the growth that is proven, unless that growth keeps a limit of its own.
 */
export const holdPassesOfSlowControl = (
  comparisons: ComparisonVerdict[],
  drifts: ControlDrift[],
): ComparisonVerdict[] => {
  const held = new Map(
    drifts
      .filter((drift) => isSlower(drift) && drift.proven > 1 && !isGrowthAllowed(comparisons, drift))
      .flatMap((drift) =>
        findBudgets(comparisons, drift)
          .filter((one) => one.gated && !keptAgainstThen(one, drift, drift.proven))
          .map((one) => [one, drift] as const),
      ),
  );
  return comparisons.map((one): ComparisonVerdict => {
    const drift = held.get(one);
    if (drift === undefined) return one;
    const then = formatCost(againstThen(one, drift, drift.proven) ?? Number.NaN, one.unit);
    return {
      ...one,
      verdict: 'not-measured',
      heldBy: 'budget-met-by-slower-control',
      reason: `${one.reason}, but only because ${tellChange(drift)}: against that one it would be at least ${then}. If the function is meant to do more, ${advise(drift)}`,
    };
  });
};

/** `runc meets its latency budget, gvisor its cold start budget`. */
const tellBudgets = (budgets: ComparisonVerdict[]): string =>
  budgets
    .map(
      ({ isolation, metric }, index) => `${isolation} ${index === 0 ? 'meets ' : ''}its ${METRIC_NAMES[metric]} budget`,
    )
    .join(', ');

/**
 * A control that got slower makes every overhead look smaller. That is one cause, so each function has one warning, which names
 * the budgets that are met only because of it.
 */
export const controlDriftWarnings = (drifts: ControlDrift[], comparisons: ComparisonVerdict[]): Warning[] =>
  [...groupBy(drifts.filter(isSlower), (drift) => drift.function)].map(([name, own]) => {
    const { control, than } = own[0] as ControlDrift;
    const change = `${name}: the control ${control} costs more than on ${than} (${own.map(tellGrowth).join(', ')})`;
    const budgets = own.flatMap((drift) =>
      findBudgets(comparisons, drift).filter((one) => !keptAgainstThen(one, drift, drift.estimate)),
    );
    return budgets.length === 0
      ? { code: 'control-slower', message: `${change}, so overheads look smaller than they are` }
      : {
          code: 'budget-met-by-slower-control',
          message: `${change}, and only because of that ${tellBudgets(budgets)}`,
        };
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
    return { bounds, now, before, than: 'the base' as const, betweenRuns: 0 };
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
    betweenRuns: spreadOfControl(found.record),
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
        proven: Math.exp(lower - costs.betweenRuns),
        nowMedian: median(costs.now),
        thenMedian: median(costs.before),
      },
    ];
  });
