/** By how much two arms that are equal, and two runs of the same code, are measured as different. */

import { median } from 'simple-statistics';
import { recent } from '../lib/recent.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import { type Bounds, METRICS, type Metric } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { NoiseEstimate, VerdictDocument } from '../model/verdict.ts';
import type { Block } from '../samples/group-blocks.ts';
import { pairedBounds } from '../stats/paired-bounds.ts';
import { signedRankMisrate } from '../stats/signed-rank.ts';
import type { GatedComparisons } from './gated-comparisons.ts';
import { limitOnScale } from './limit-scale.ts';
import type { PlannedComparison } from './plan-comparisons.ts';
import { type SeenBlocks, twinSeries } from './twin-series.ts';

/** The intervals of all A/A controls of a run together have 99 % confidence. */
const CONTROL_ALPHA = 0.01;

/** The shift of the A/A control counts above this share of the tightest allowance. */
const TOLERATED_SHARE = 0.25;

/** By the blocks of the latest functions: the looks of all comparisons of a function ask for the same few. */
const known = recent(2, (_: Block[]) => new Map<string, Bounds>());

const UNKNOWN: Bounds = { estimate: null, lower: null, upper: null };

/** The A/A control against the control in the first `count` blocks, on the scale on which is decided; all null where there is no interval. */
export const boundControlNoise = (
  { blocks, count = blocks.length }: SeenBlocks,
  metric: Metric,
  scale: 'ratio' | 'difference',
  gated: GatedComparisons,
): Bounds => {
  const side = CONTROL_ALPHA / 2 / gated.controlIntervals;
  const values = twinSeries(blocks, count, metric, scale);
  if (signedRankMisrate(values.length, side) === null) return UNKNOWN;
  const own = known(blocks);
  const key = `${metric} ${scale} ${values.length} ${side}`;
  const bounds = own.get(key) ?? pairedBounds(values, { lower: side, upper: side });
  own.set(key, bounds);
  return bounds;
};

/**
 * By how much limits of a comparison are widened, both ways, because two equal arms were measured as different: the shift of
 * the A/A control where its interval excludes no difference and the shift is more than a quarter of the tightest allowance.
 */
export const controlNoiseWidening = (
  declared: DeclaredComparison,
  seen: SeenBlocks,
  gated: GatedComparisons,
  limit: number,
): number => {
  const {
    metric,
    limit: { scale },
  } = declared;
  if (metric === 'control') return 0;
  const { estimate, lower, upper } = boundControlNoise(seen, metric, scale, gated);
  if (estimate === null || lower === null || upper === null) return 0;
  const alike = gated
    .ofFunction(declared.function)
    .filter((other) => other.metric === metric && other.limit.scale === scale);
  const tightest = Math.min(Math.abs(limit), ...alike.map((other) => Math.abs(limitOnScale(other.limit))));
  const shift = Math.abs(estimate);
  return (lower > 0 || upper < 0) && shift > TOLERATED_SHARE * tightest ? shift : 0;
};

/** The noise of one function, by metric. */
export const measureNoise = (blocks: Block[], gated: GatedComparisons): FunctionNoise => {
  const noise: FunctionNoise = {};
  for (const metric of METRICS) {
    const { estimate, lower, upper } = boundControlNoise({ blocks }, metric, 'ratio', gated);
    if (estimate === null || lower === null || upper === null) continue;
    noise[metric] = { estimate: Math.exp(estimate), lower: Math.exp(lower), upper: Math.exp(upper) };
  }
  return noise;
};

export type FunctionNoise = Partial<Record<Metric, NoiseEstimate>>;

const width = (noise: NoiseEstimate | undefined): number => (noise === undefined ? 0 : noise.upper / noise.lower);

/** For each metric the widest noise of any function: smaller effects this run could not have seen anywhere. */
export const summariseNoise = (all: (readonly [string, FunctionNoise])[]): VerdictDocument['noise'] => {
  const twin: FunctionNoise = {};
  for (const [, noise] of all)
    for (const metric of METRICS) {
      const candidate = noise[metric];
      if (candidate !== undefined && width(candidate) > width(twin[metric])) twin[metric] = candidate;
    }
  return { twin, byFunction: Object.fromEntries(all) };
};

/** Standard normal quantile of one-sided 0.01, the level of a fail of a run. */
const Z = 2.326;
/**
 * Where the history is too short to tell. Public logs of unchanged functions differ by up to 1 % from run to run; half of that as
 * standard deviation leaves limits of +5 % usable, and errs on the side of undecided.
 */
const ASSUMED = 0.005;

/**
 * By how much limits against a stored record are widened, both ways, because no two runs are alike. On the decision scale; 0
 * where no stored record takes part. Both the stored run and this one vary, hence √2.
 */
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

/** The same of the control alone, as a logarithm. */
export const spreadOfControl = ({ betweenRuns }: BaselineRecord): number =>
  Z * Math.SQRT2 * (betweenRuns?.control ?? ASSUMED);

/** The history is too short to tell how much runs differ. */
export const isSpreadAssumed = ({ record }: PlannedComparison): boolean =>
  record !== null && record.betweenRuns === undefined;
