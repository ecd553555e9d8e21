/** What is measured and limited: metrics, limits and bounds. Units stand in names: `Ms` milliseconds, `Bytes` bytes. */

export const METRICS = ['cold_start', 'latency', 'latency_p95', 'latency_p99', 'throughput', 'memory', 'cpu'] as const;

export type Metric = (typeof METRICS)[number];

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
