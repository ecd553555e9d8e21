import { expect, test } from 'vitest';
import type { InstanceRecord } from '../../src/model/samples.ts';
import { medianOf } from '../../src/report/absolute.ts';

test('absolute values of foreign samples come from the raw values, as the costs that are decided on do', () => {
  const record = { metrics: {}, phases_ms: { first_response: 31 }, latency_ms: [4, 2, 9, 5] };
  const foreign = [record as unknown as InstanceRecord];
  expect(medianOf(foreign, 'throughput')).toBe(200);
  expect(medianOf(foreign, 'latency')).toBe(4.5);
  expect(medianOf(foreign, 'cold_start')).toBe(31);
  expect(medianOf(foreign, 'memory')).toBeNull();
});
