import { median } from 'simple-statistics';
import type { Metric } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import { metricValue } from '../samples/metric-value.ts';

/** Median over instances: what a reader compares with the world outside; nothing is decided from it. */
export function medianOf(instances: InstanceRecord[], metric: Metric): number | null {
  const values = instances.map((instance) => metricValue(instance, metric)).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}
