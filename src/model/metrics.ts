/** What is measured and limited: metrics, start-up phases, limits and bounds. Names tell units: `Ms` milliseconds, `Bytes` bytes. */

export const METRICS = [
  'cold_start',
  'latency',
  'latency_p95',
  'latency_p99',
  'throughput',
  'memory',
  'memory_peak',
  'cpu',
] as const;

export type Metric = (typeof METRICS)[number];

/** Of a metric's cost; throughput counts as milliseconds an invocation. */
export const costUnit = (metric: Metric | 'control'): 'ms' | 'bytes' =>
  metric === 'memory' || metric === 'memory_peak' ? 'bytes' : 'ms';

/** In the order in which they happen. */
export const START_PHASES = ['spawned', 'created', 'booted', 'ready', 'first_response'] as const;

export type StartPhase = (typeof START_PHASES)[number];

/** Milliseconds since `start` was called, on the host's monotonic clock; null where an adapter has no such event. */
export interface PhasesMs extends Record<Exclude<StartPhase, 'spawned'>, number | null> {
  /** The first process made for the instance: the runtime's client, or the VMM. Samples of other programs lack it. */
  spawned?: number | null;
}

/** `factor` 1.15 is `+15%`. `amount` is in `unit`, positive when it allows more cost. `text` is what the user wrote. */
export type Limit =
  | { scale: 'ratio'; factor: number; text: string }
  | { scale: 'difference'; amount: number; unit: 'ms' | 'bytes'; text: string };

export type Budgets = Partial<Record<Metric, Limit>>;

export type RunVerdict = 'pass' | 'fail' | 'inconclusive' | 'not-measured';

/** An estimate with one-sided bounds, on the scale of the values; null where there are too few values for them. */
export interface Bounds {
  estimate: number | null;
  lower: number | null;
  upper: number | null;
}
