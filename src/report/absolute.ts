import { median } from 'simple-statistics';
import type { Metric } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';

const KEYS: Partial<Record<Metric, string>> = { throughput: 'throughput_per_s', memory: 'memory_bytes' };

/** The metric of one instance in ms, bytes or 1/s; null where the instance, as foreign ones do, lacks it. */
function metricOf(instance: InstanceRecord, metric: Metric): number | null {
  const value = instance.metrics[KEYS[metric] ?? `${metric}_ms`] ?? fromRaw(instance, metric);
  return value !== null && Number.isFinite(value) ? value : null;
}

function fromRaw({ phases_ms, latency_ms }: InstanceRecord, metric: Metric): number | null {
  if (metric === 'cold_start') return phases_ms.first_response;
  return metric === 'latency' && latency_ms.length > 0 ? median(latency_ms) : null;
}

/** Median over instances: what a reader compares with the world outside; nothing is decided from it. */
export function medianOf(instances: InstanceRecord[], metric: Metric): number | null {
  const values = instances.map((instance) => metricOf(instance, metric)).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}
