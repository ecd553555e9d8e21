/** The one place that knows where an instance's record holds the value of a metric. */

import { median, quantile, sum } from 'simple-statistics';
import type { Metric } from '../model/metrics.ts';
import type { MeasuredInstance } from '../model/pilot.ts';

/** Keys of an instance's `metrics`, as docs/reference/samples.md lists them. */
export const METRIC_KEYS = {
  cold_start: 'cold_start_ms',
  latency: 'latency_ms',
  latency_p95: 'latency_p95_ms',
  latency_p99: 'latency_p99_ms',
  throughput: 'throughput_per_s',
  memory: 'memory_bytes',
  memory_peak: 'memory_peak_bytes',
  cpu: 'cpu_ms',
} as const satisfies Record<Metric, string>;

/** Fewest round trips with which a quantile p lies inside the sample at one-sided 95 %: ln 0.05 ÷ ln p, rounded up. */
const TAIL_MINIMUM = { latency_p95: 59, latency_p99: 299 } as const;

const tailQuantile = (record: MeasuredInstance, metric: keyof typeof TAIL_MINIMUM, p: number): number | null =>
  record.tail_ms !== undefined && record.tail_ms.length >= TAIL_MINIMUM[metric] ? quantile(record.tail_ms, p) : null;

/** Samples of other programs may lack a key of `metrics`: then the raw values of the record give the metric. */
const fromRawValues = (record: MeasuredInstance, metric: Metric): number | null => {
  const busyMs = sum(record.latency_ms);
  switch (metric) {
    case 'latency':
      return record.latency_ms.length > 0 ? median(record.latency_ms) : null;
    case 'throughput':
      return busyMs > 0 ? (1000 * record.latency_ms.length) / busyMs : null;
    case 'cold_start':
      return record.phases_ms.first_response;
    case 'latency_p95':
      return tailQuantile(record, metric, 0.95);
    case 'latency_p99':
      return tailQuantile(record, metric, 0.99);
    case 'memory':
    case 'memory_peak':
    case 'cpu':
      return null;
  }
};

/** The metric of one instance in its own unit (ms, bytes, 1/s); null where the record does not hold it. */
export const metricValue = (record: MeasuredInstance, metric: Metric): number | null =>
  record.metrics[METRIC_KEYS[metric]] ?? fromRawValues(record, metric);

/**
 * The metric of one instance in ms or bytes, so that more is always worse: throughput counts as milliseconds an invocation.
 * Null where the instance is missing, has failed, or holds no usable number.
 */
export const costOf = (record: MeasuredInstance | null | undefined, metric: Metric): number | null => {
  if (record == null || record.status !== 'ok') return null;
  const value = metricValue(record, metric);
  if (value === null) return null;
  const cost = metric === 'throughput' ? 1000 / value : value;
  return Number.isFinite(cost) ? cost : null;
};
