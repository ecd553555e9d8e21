import { median } from 'simple-statistics';
import { findRecord } from '../baseline/find-record.ts';
import type { Config } from '../model/config.ts';
import type { Bounds } from '../model/metrics.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { NoiseEstimate, VerdictDocument } from '../model/verdict.ts';
import type { Block } from '../samples/group-blocks.ts';
import { costOf } from '../samples/metric-value.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import { shiftBounds } from '../stats/shift-bounds.ts';
import type { RunFacts } from './circumstances.ts';
import type { ControlDrift } from './control-drift.ts';
import { FASTER_METRICS, type SpeedUp } from './faster-than-control.ts';
import { limitOnScale } from './scale.ts';
import { twinWidening } from './twin-widening.ts';

/** The twin's interval is one of 99 % over all of a run's twins together (measurement.md). */
const TWIN_ALPHA = 0.01;

/** A slower control is named when it surely is one. */
const CONTROL_ALPHA = { lower: 0.01, upper: 0.01 };

const twinFamilySize = (gated: DeclaredComparison[]): number =>
  Math.max(
    1,
    new Set(gated.filter((c) => c.metric !== 'control').map((c) => JSON.stringify([c.function, c.metric]))).size,
  );

/** The twin against the control, on the scale on which is decided. */
const twinBounds = (
  blocks: Block[],
  metric: Metric,
  scale: 'ratio' | 'difference',
  gated: DeclaredComparison[],
): Bounds => {
  const side = TWIN_ALPHA / 2 / twinFamilySize(gated);
  return pairedBounds(pairBlocks(blocks, 'twin', metric)[scale], { lower: side, upper: side });
};

/** By how much limits of this comparison are widened because two equal arms were measured as different. */
export const twinWideningOf = (
  declared: DeclaredComparison,
  blocks: Block[],
  gated: DeclaredComparison[],
  limit: number,
): number => {
  const {
    metric,
    limit: { scale },
  } = declared;
  if (metric === 'control') return 0;
  const twin = twinBounds(blocks, metric, scale, gated);
  const alike = gated.filter(
    (other) => other.function === declared.function && other.metric === metric && other.limit.scale === scale,
  );
  return twinWidening(twin, Math.min(Math.abs(limit), ...alike.map((other) => Math.abs(limitOnScale(other.limit)))));
};

const noiseOf = (blocks: Block[], gated: DeclaredComparison[]): Partial<Record<Metric, NoiseEstimate>> => {
  const noise: Partial<Record<Metric, NoiseEstimate>> = {};
  for (const metric of METRICS) {
    const { estimate, lower, upper } = twinBounds(blocks, metric, 'ratio', gated);
    if (estimate === null || lower === null || upper === null) continue;
    noise[metric] = { estimate: Math.exp(estimate), lower: Math.exp(lower), upper: Math.exp(upper) };
  }
  return noise;
};

const width = (noise: NoiseEstimate | undefined): number => (noise === undefined ? 0 : noise.upper / noise.lower);

/** Noise by function, and of each metric the widest: what this run could not have seen in any function. */
export const twinNoise = (functions: Map<string, Block[]>, gated: DeclaredComparison[]): VerdictDocument['noise'] => {
  const all = [...functions].map(([name, blocks]) => [name, noiseOf(blocks, gated)] as const);
  const twin: Partial<Record<Metric, NoiseEstimate>> = {};
  for (const [, noise] of all)
    for (const metric of METRICS) {
      const candidate = noise[metric];
      if (candidate !== undefined && width(candidate) > width(twin[metric])) twin[metric] = candidate;
    }
  return { twin, byFunction: Object.fromEntries(all) };
};

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

/** How the control's own costs moved since its base, at 99 %; metrics without one are left out. */
export const controlDrifts = (name: string, blocks: Block[], config: Config, facts: RunFacts): ControlDrift[] =>
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

/** Each gated isolation and metric against the control and its twin, at the level at which a pass is given. */
export const speedUps = (
  blocksOf: (name: string) => Block[],
  gated: DeclaredComparison[],
  alpha: number,
): SpeedUp[] => {
  const arms = new Map(
    gated.flatMap(({ function: name, isolation, metric }) =>
      FASTER_METRICS.filter((one) => one === metric).map((one) => {
        return [JSON.stringify([name, isolation, one]), { function: name, isolation, metric: one }] as const;
      }),
    ),
  );
  return [...arms.values()].flatMap((arm) => {
    const blocks = blocksOf(arm.function);
    const { ratio } = pairBlocks(blocks, { isolation: arm.isolation }, arm.metric);
    const { estimate, upper } = pairedBounds(ratio, { lower: alpha, upper: alpha });
    if (estimate === null || upper === null) return [];
    const twin = twinBounds(blocks, arm.metric, 'ratio', gated).lower;
    return [
      {
        ...arm,
        estimate: Math.exp(estimate),
        upper: Math.exp(upper),
        twinLower: twin === null ? null : Math.exp(twin),
      },
    ];
  });
};
