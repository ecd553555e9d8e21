import { median, quantile, sum } from 'simple-statistics';
import type { Metric } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';

/** Fewest round trips for which the quantile lies inside the sample at one-sided 95 %: ln 0.05 ÷ ln p, rounded up. */
const TAIL_MINIMUM = { latency_p95: 59, latency_p99: 299 } as const;

const METRIC_KEYS: Record<Metric, string> = {
  cold_start: 'cold_start_ms',
  latency: 'latency_ms',
  latency_p95: 'latency_p95_ms',
  latency_p99: 'latency_p99_ms',
  throughput: 'throughput_per_s',
  memory: 'memory_bytes',
  cpu: 'cpu_ms',
};

const fromTail = (record: InstanceRecord, metric: keyof typeof TAIL_MINIMUM, p: number): number | null =>
  record.tail_ms !== undefined && record.tail_ms.length >= TAIL_MINIMUM[metric] ? quantile(record.tail_ms, p) : null;

/** What the raw values of the record say where its `metrics` lack the key, as foreign samples do. */
const derived = (record: InstanceRecord, metric: Metric): number | null => {
  const busyMs = sum(record.latency_ms);
  switch (metric) {
    case 'latency':
      return record.latency_ms.length > 0 ? median(record.latency_ms) : null;
    case 'throughput':
      return busyMs > 0 ? (1000 * record.latency_ms.length) / busyMs : null;
    case 'cold_start':
      return record.phases_ms.first_response;
    case 'latency_p95':
      return fromTail(record, metric, 0.95);
    case 'latency_p99':
      return fromTail(record, metric, 0.99);
    case 'memory':
    case 'cpu':
      return null;
  }
};

/** One number an instance, in the metric's own unit (ms, bytes, 1/s); null where the record does not hold it. */
export const metricValue = (record: InstanceRecord, metric: Metric): number | null =>
  record.metrics[METRIC_KEYS[metric]] ?? derived(record, metric);

/** The same so that more is always worse: throughput becomes milliseconds an invocation. */
export const metricCost = (value: number, metric: Metric): number | null =>
  metric !== 'throughput' ? value : value > 0 ? 1000 / value : null;
