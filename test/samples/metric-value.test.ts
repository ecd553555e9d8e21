import { expect, test } from 'vitest';
import type { Metric } from '../../src/model/metrics.ts';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { costOf, metricValue } from '../../src/samples/metric-value.ts';

const record: InstanceRecord = {
  type: 'instance',
  block: 0,
  position: 0,
  function: 'f',
  revision: 'head',
  isolation: 'runc',
  arm: 'treatment',
  status: 'ok',
  phases_ms: { created: 1, booted: null, ready: 20, first_response: 31 },
  metrics: {},
  repeat: 1,
  warmup_ms: [],
  latency_ms: [4, 2, 9, 5],
};

test('what metrics lacks is taken from the raw values', () => {
  expect(metricValue(record, 'latency')).toBe(4.5);
  expect(metricValue(record, 'throughput')).toBe(200);
  expect(metricValue(record, 'cold_start')).toBe(31);
  expect(metricValue(record, 'memory')).toBeNull();
  expect(metricValue(record, 'memory_peak')).toBeNull();
  expect(metricValue({ ...record, latency_ms: [] }, 'throughput')).toBeNull();
});

test('what metrics holds comes first', () => {
  const metrics = {
    latency_ms: 7,
    throughput_per_s: 50,
    cold_start_ms: 40,
    memory_bytes: 2 ** 20,
    memory_peak_bytes: 3 * 2 ** 20,
    cpu_ms: 3,
  };
  const full = { ...record, metrics };
  expect(
    ['latency', 'throughput', 'cold_start', 'memory', 'memory_peak', 'cpu'].map((m) => metricValue(full, m as 'cpu')),
  ).toEqual([7, 50, 40, 1048576, 3145728, 3]);
});

test('a tail quantile needs 59 round trips for p95 and 299 for p99', () => {
  const tail = (n: number) => ({ ...record, tail_ms: Array.from({ length: n }, (_, i) => i + 1) });
  expect(metricValue(tail(58), 'latency_p95')).toBeNull();
  expect(metricValue(tail(60), 'latency_p95')).toBeCloseTo(57.05, 10);
  expect(metricValue(tail(298), 'latency_p99')).toBeNull();
  expect(metricValue(tail(300), 'latency_p99')).toBeCloseTo(297.01, 10);
});

test('throughput becomes a cost: half as many invocations a second cost twice the time', () => {
  const cost = (metrics: Record<string, number>, metric: Metric) => costOf({ ...record, metrics }, metric);
  expect(cost({ throughput_per_s: 200 }, 'throughput')).toBe(5);
  expect(cost({ throughput_per_s: 100 }, 'throughput')).toBe(10);
  expect(cost({ throughput_per_s: 0 }, 'throughput')).toBeNull();
  expect(cost({ cpu_ms: 12 }, 'cpu')).toBe(12);
});
