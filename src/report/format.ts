import type { Metric } from '../model/metrics.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';

/** Three significant digits without an exponent: 1.3 → `1.30`, 1834 → `1830`. */
export function significant(value: number): string {
  const text = value.toPrecision(3);
  return text.includes('e') ? String(Number(text)) : text;
}

/** Durations up to 10 s stay in milliseconds: start-up times are compared in those. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 9995) return `${significant(ms / 1000)} s`;
  return size >= 0.9995 || size === 0 ? `${significant(ms)} ms` : `${significant(ms * 1000)} µs`;
}

const BYTE_UNITS: [number, string][] = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
];

/** Binary units: 41943040 → `40.0 MiB`. */
export function formatBytes(bytes: number): string {
  const [factor, unit] = BYTE_UNITS.find(([from]) => Math.abs(bytes) >= from * 0.9995) ?? [1, 'B'];
  return `${factor === 1 ? Math.round(bytes) : significant(bytes / factor)} ${unit}`;
}

export function formatAbsolute(metric: Metric | 'control', value: number): string {
  if (metric === 'memory') return formatBytes(value);
  if (metric === 'throughput') return `${significant(value)} /s`;
  return formatMs(value);
}

const sign = (value: number): string => (value < 0 ? '−' : '+');

const percent = (factor: number): string => {
  const value = Math.abs(factor - 1) * 100;
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${sign(factor - 1)}${value.toFixed(digits)}%`;
};

/** From here on a factor says more than a percentage. */
const FACTOR_FROM = 3;

/** A cost relative to the control: `+31.0%`, `4.10×`, `+182 ms`, `−1.20 MiB`. `largest` is of those it stands beside. */
export function formatCost(value: number, unit: ComparisonVerdict['unit'], largest = value): string {
  if (unit === 'x') return largest >= FACTOR_FROM ? `${significant(value)}×` : percent(value);
  const size = unit === 'ms' ? formatMs(Math.abs(value)) : formatBytes(Math.abs(value));
  return `${sign(value)}${size}`;
}

/** A limit as its owner would write it in isogate.yml: `+15%`, `+150 ms`. */
export function formatLimit(value: number, unit: ComparisonVerdict['unit']): string {
  if (unit === 'x')
    return value >= FACTOR_FROM ? `${trim(value)}×` : `${sign(value - 1)}${trim(Math.abs(value - 1) * 100)}%`;
  const size = unit === 'ms' ? formatMs(Math.abs(value)) : formatBytes(Math.abs(value));
  return `${sign(value)}${size.replace(/\.0+(?= )|(\.\d*?[1-9])0+(?= )/, '$1')}`;
}

const trim = (value: number): string => String(Number(value.toPrecision(4)));

type Interval = Pick<ComparisonVerdict, 'estimate' | 'lower' | 'upper' | 'unit'>;

/** `+27.0% to +35.0%`, all written alike; `at most +48.6%` where only one end is bounded; null where none is. */
export function formatInterval({ estimate, lower, upper, unit }: Interval): string | null {
  const largest = upper ?? Math.max(estimate ?? Number.NEGATIVE_INFINITY, lower ?? Number.NEGATIVE_INFINITY);
  if (lower === null) return upper === null ? null : `at most ${formatCost(upper, unit)}`;
  const low = formatCost(lower, unit, largest);
  return upper === null ? `at least ${low}` : `${low} to ${formatCost(upper, unit)}`;
}

/** Estimate and interval; `~` marks an estimate that no interval stands behind. */
export function formatEstimate(comparison: Interval): string {
  const { estimate, upper, unit } = comparison;
  if (estimate === null) return 'not resolved';
  const interval = formatInterval(comparison);
  return interval === null
    ? `~${formatCost(estimate, unit)}`
    : `${formatCost(estimate, unit, upper ?? estimate)} (${interval})`;
}

export const formatConfidence = (confidence: number): string => `${Number((confidence * 100).toFixed(2))}%`;
