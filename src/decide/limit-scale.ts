import { median } from 'simple-statistics';
import { formatAmount, formatPercent } from '../lib/format.ts';
import type { Config, RegressionFloor } from '../model/config.ts';
import { costUnit, type Limit, type Metric } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';

/** The limit on the scale on which is decided: ln for ratios, native units for differences. */
export const limitOnScale = (limit: Limit): number => (limit.scale === 'ratio' ? Math.log(limit.factor) : limit.amount);

/** Back to what the verdict file holds: factors for ratios. */
export const fromScale = (limit: Limit, value: number | null): number | null =>
  value === null || limit.scale === 'difference' ? value : Math.exp(value);

export const limitValue = (limit: Limit): number => (limit.scale === 'ratio' ? limit.factor : limit.amount);

export const unitOf = (limit: Limit): ComparisonVerdict['unit'] => (limit.scale === 'ratio' ? 'x' : limit.unit);

/** A distance on the scale on which is decided: `2.13%` of a ratio, else an amount. */
export const formatDistance = (distance: number, unit: ComparisonVerdict['unit']): string =>
  unit === 'x' ? formatPercent(Math.expm1(distance)) : formatAmount(distance, unit);

/**
 * The minimum effect: a growth below it is no regression, whatever the limit says. It is the larger of a share of the cost
 * and an amount in its unit, on the scale on which is decided. @param level the arm's typical cost, in ms or bytes, above 0
 */
const floorOnScale = (
  floor: RegressionFloor,
  metric: Metric | 'control',
  scale: 'ratio' | 'difference',
  level: number,
): number => {
  const amount = costUnit(metric) === 'bytes' ? floor.memoryBytes : floor.timeMs;
  const share = floor.ratio - 1;
  return scale === 'ratio' ? Math.log1p(Math.max(share, amount / level)) : Math.max(share * level, amount);
};

/** The limit on the decision scale; for a regression the minimum effect instead, where that is higher. */
export const flooredLimit = (
  { kind, limit, metric }: DeclaredComparison,
  costs: number[],
  { regressionFloor }: Config,
): { limit: number; isFloor: boolean } => {
  const own = limitOnScale(limit);
  const positive = costs.filter((cost) => cost > 0);
  if (kind === 'budget' || positive.length === 0) return { limit: own, isFloor: false };
  const floor = floorOnScale(regressionFloor, metric, limit.scale, median(positive));
  return floor > own ? { limit: floor, isFloor: true } : { limit: own, isFloor: false };
};
