/** Flow part: what a stored record's limit is widened by, because no two runs are alike. */

import { median } from 'simple-statistics';
import type { Bounds } from '../model/metrics.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { NoiseEstimate, VerdictDocument } from '../model/verdict.ts';
import type { Block } from '../samples/group-blocks.ts';
import { pairBlocks } from '../samples/pair-blocks.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import { limitOnScale } from './limit-scale.ts';
import type { PlannedComparison } from './plan-comparisons.ts';

/** The twin's interval is one of 99 % over all of a run's twins together (measurement.md). */
const TWIN_ALPHA = 0.01;

const twinFamilySize = (gated: DeclaredComparison[]): number =>
  Math.max(
    1,
    new Set(gated.filter((c) => c.metric !== 'control').map((c) => JSON.stringify([c.function, c.metric]))).size,
  );

/** The twin against the control, on the scale on which is decided. */
export const twinBounds = (
  blocks: Block[],
  metric: Metric,
  scale: 'ratio' | 'difference',
  gated: DeclaredComparison[],
): Bounds => {
  const side = TWIN_ALPHA / 2 / twinFamilySize(gated);
  return pairedBounds(pairBlocks(blocks, 'twin', metric)[scale], { lower: side, upper: side });
};

/** By how much limits of this comparison are widened because two equal arms were measured as different. */
export const controlNoiseWidening = (
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

const measureNoise = (blocks: Block[], gated: DeclaredComparison[]): Partial<Record<Metric, NoiseEstimate>> => {
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
  const all = [...functions].map(([name, blocks]) => [name, measureNoise(blocks, gated)] as const);
  const twin: Partial<Record<Metric, NoiseEstimate>> = {};
  for (const [, noise] of all)
    for (const metric of METRICS) {
      const candidate = noise[metric];
      if (candidate !== undefined && width(candidate) > width(twin[metric])) twin[metric] = candidate;
    }
  return { twin, byFunction: Object.fromEntries(all) };
};

/** The twin may be off by this share of the tightest allowance before it counts (measurement.md). */
const TOLERATED_SHARE = 0.25;

/**
 * By how much limits are widened, both ways, because two arms that are the same were measured as different: the
 * twin's shift where its interval excludes no difference and the shift is more than a quarter of `tightestAllowance`,
 * else 0. All on the scale on which is decided.
 */
const twinWidening = (
  twin: { estimate: number | null; lower: number | null; upper: number | null },
  tightestAllowance: number,
): number => {
  if (twin.estimate === null || twin.lower === null || twin.upper === null) return 0;
  const excludesNoDifference = twin.lower > 0 || twin.upper < 0;
  const shift = Math.abs(twin.estimate);
  return excludesNoDifference && shift > TOLERATED_SHARE * Math.abs(tightestAllowance) ? shift : 0;
};

/** One-sided 0.01 of a normal: what a fail of a run asks for. */
const Z = 2.326;
/**
 * Where the history is too short to tell. Public logs of unchanged functions differ by up to 1 % from run to run; half of that as
 * standard deviation leaves limits of +5 % usable, and errs on the side of undecided.
 */
const ASSUMED = 0.005;

/** @returns on the decision scale, for both directions; 0 where nothing stored takes part */
export const betweenRunsWidening = ({ declared, record }: PlannedComparison): number => {
  if (record === null) return 0;
  const { betweenRuns, control, treatment } = record;
  const isControl = declared.metric === 'control';
  const costs = isControl || !treatment?.length ? control : treatment;
  const size = declared.limit.scale === 'ratio' || costs.length === 0 ? 1 : median(costs);
  if (betweenRuns === undefined) return Z * Math.SQRT2 * ASSUMED * size;
  if (isControl) return Z * Math.SQRT2 * betweenRuns.control * size;
  return Z * Math.SQRT2 * betweenRuns[declared.limit.scale];
};

/** Both the stored run and this one vary by as much. */
export const isAssumed = ({ record }: PlannedComparison): boolean =>
  record !== null && record.betweenRuns === undefined;
