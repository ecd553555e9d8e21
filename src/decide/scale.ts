import type { Limit, Metric } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';

/** The limit on the scale on which is decided: ln for ratios, native units for differences. */
export const limitOnScale = (limit: Limit): number => (limit.scale === 'ratio' ? Math.log(limit.factor) : limit.amount);

/** Back to what the verdict file holds: factors for ratios. */
export const fromScale = (limit: Limit, value: number | null): number | null =>
  value === null || limit.scale === 'difference' ? value : Math.exp(value);

export const limitValue = (limit: Limit): number => (limit.scale === 'ratio' ? limit.factor : limit.amount);

export const unitOf = (limit: Limit): ComparisonVerdict['unit'] => (limit.scale === 'ratio' ? 'x' : limit.unit);

/** Four significant digits with the unit, for reasons and warnings; the report formats on its own. */
export const showValue = (limit: Limit, value: number): string => {
  const digits = Number(value.toPrecision(4));
  if (limit.scale === 'ratio') return `${digits}x`;
  if (limit.unit === 'ms') return `${digits} ms`;
  return Math.abs(value) >= 2 ** 20 ? `${Number((value / 2 ** 20).toPrecision(4))} MiB` : `${Math.round(value)} bytes`;
};

/** A widening on the decision scale: `1.2 %` of a ratio, else in the limit's unit. */
export const showWidening = (limit: Limit, widening: number): string =>
  limit.scale === 'ratio' ? `${Number((Math.expm1(widening) * 100).toPrecision(2))} %` : showValue(limit, widening);

export const showMetric = (metric: Metric | 'control'): string => metric.replaceAll('_', ' ');
