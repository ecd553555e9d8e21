/**
 * Numbers for people, in the one notation of reports, reasons, warnings and commands: `+31.0%`, `4.10x`, `+182 ms`,
 * `−1.20 MiB`. Limits are written as isogate.yml accepts them: `+15%`, `4x`, `+150ms`, `+40MiB`.
 */

import { type Bounds, costUnit, type Metric } from '../model/metrics.ts';

type Unit = 'x' | 'ms' | 'bytes';

export const METRIC_NAMES: Record<Metric | 'control', string> = {
  cold_start: 'cold start',
  latency: 'latency',
  latency_p95: '95th percentile latency',
  latency_p99: '99th percentile latency',
  throughput: 'throughput',
  memory: 'memory',
  memory_peak: 'peak memory',
  cpu: 'CPU time',
  control: 'the control’s own latency',
};

/** Three significant digits without an exponent: 1.3 → `1.30`, 1834 → `1830`. */
function formatDigits(value: number): string {
  const text = value.toPrecision(3);
  return text.includes('e') ? String(Number(text)) : text;
}

/** Durations up to 10 s stay in milliseconds, because start-up times are compared in those. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 9995) return `${formatDigits(ms / 1000)} s`;
  return size >= 0.9995 || size === 0 ? `${formatDigits(ms)} ms` : `${formatDigits(ms * 1000)} µs`;
}

const BYTE_UNITS: [number, string][] = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
];

/** Binary units: 41943040 → `40.0 MiB`. */
export function formatBytes(bytes: number): string {
  const [factor, unit] = BYTE_UNITS.find(([from]) => Math.abs(bytes) >= from * 0.9995) ?? [1, 'B'];
  return `${factor === 1 ? Math.round(bytes) : formatDigits(bytes / factor)} ${unit}`;
}

export const formatAmount = (value: number, unit: 'ms' | 'bytes'): string =>
  unit === 'ms' ? formatMs(value) : formatBytes(value);

/** The measured value of a metric itself: `231 ms`, `40.0 MiB`, `812 /s`. */
export function formatAbsolute(metric: Metric | 'control', value: number): string {
  if (metric === 'throughput') return `${formatDigits(value)} /s`;
  return formatAmount(value, costUnit(metric));
}

/** A share without a sign, to three significant digits where it is above a tenth: 0.31 → `31.0%`, 0.0213 → `2.13%`. */
export function formatPercent(share: number): string {
  const percent = Math.abs(share) * 100;
  return `${percent.toFixed(percent >= 99.95 ? 0 : percent >= 9.995 ? 1 : 2)}%`;
}

/** Part of a count, in whole percent: 0.7 → `70%`. */
export const formatShare = (share: number): string => `${Math.round(share * 100)}%`;

const signOf = (value: number): string => (value < 0 ? '−' : '+');

/** From here on a factor says more than a percentage. */
const FACTOR_FROM = 3;

/** A cost relative to another: `+31.0%`, `4.10x`, `+182 ms`. `largest` is the largest of the values that it stands beside. */
export function formatCost(value: number, unit: Unit, largest = value): string {
  if (unit === 'x')
    return largest >= FACTOR_FROM ? `${formatDigits(value)}x` : `${signOf(value - 1)}${formatPercent(value - 1)}`;
  return `${signOf(value)}${formatAmount(Math.abs(value), unit)}`;
}

const trim = (value: number): string => String(Number(value.toPrecision(4)));

/** A limit as isogate.yml accepts it: `+15%`, `0.9x`, `+150ms`. */
export function formatLimit(value: number, unit: Unit): string {
  if (unit === 'x') return value >= FACTOR_FROM || value < 1 ? `${trim(value)}x` : `+${trim((value - 1) * 100)}%`;
  const amount = formatAmount(Math.abs(value), unit).replace(/\.0+(?= )|(\.\d*?[1-9])0+(?= )/, '$1');
  return `+${amount.replace(' ', '').replace('µ', 'u')}`;
}

/** `+27.0% to +35.0%`, all written alike; `at most +48.6%` where only one end is bounded; null where none is. */
export function formatInterval({ estimate, lower, upper, unit }: Bounds & { unit: Unit }): string | null {
  const largest = upper ?? Math.max(estimate ?? Number.NEGATIVE_INFINITY, lower ?? Number.NEGATIVE_INFINITY);
  if (lower === null) return upper === null ? null : `at most ${formatCost(upper, unit)}`;
  const low = formatCost(lower, unit, largest);
  return upper === null ? `at least ${low}` : `${low} to ${formatCost(upper, unit)}`;
}

/** An estimate with its interval; `~` marks an estimate that has none. */
export function formatEstimate(bounds: Bounds & { unit: Unit }): string {
  const { estimate, upper, unit } = bounds;
  if (estimate === null) return 'not resolved';
  const interval = formatInterval(bounds);
  return interval === null
    ? `~${formatCost(estimate, unit)}`
    : `${formatCost(estimate, unit, upper ?? estimate)} (${interval})`;
}

export const formatConfidence = (confidence: number): string => `${Number((confidence * 100).toFixed(2))}%`;

/** `40 s` or `3.5 min`. */
export const formatDuration = (ms: number): string =>
  ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Number((ms / 60_000).toFixed(1))} min`;

/** Of a setting that has to be a little more than what is known to be needed: whole minutes, `12m`. */
export const formatMinutes = (neededMs: number): string => `${Math.ceil((1.1 * neededMs) / 60_000)}m`;

/** The line of isogate.yml that gives a function so much time. */
export const formatMaxTime = (neededMs: number): string => `measure: { max_time: ${formatMinutes(neededMs)} }`;
