import type { Metric } from '../model/metrics.ts';
import type { InstanceRecord } from '../model/samples.ts';
import { metricCost, metricValue } from './metric-value.ts';

/** The cost of one instance in ms or bytes; null where it is missing, failed, or holds no usable number. */
export const costOf = (record: InstanceRecord | null | undefined, metric: Metric): number | null => {
  if (record == null || record.status !== 'ok') return null;
  const value = metricValue(record, metric);
  const cost = value === null ? null : metricCost(value, metric);
  return cost === null || !Number.isFinite(cost) ? null : cost;
};
