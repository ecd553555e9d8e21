import { expect, test } from 'vitest';
import { findRecord } from '../../src/baseline/find-record.ts';
import { selectBaseline } from '../../src/baseline/select-baseline.ts';
import type { BaselineRecord } from '../../src/types.ts';

const record = (runId: string, day: string, fingerprint: Record<string, string>): BaselineRecord => ({
  schema: 'isogate.baseline/1',
  gate: 'api',
  function: 'f',
  isolation: 'runc',
  metric: 'latency',
  fingerprint,
  runId,
  attempt: 1,
  commit: null,
  recordedAt: `2026-01-${day}T00:00:00.000Z`,
  blocks: { ratio: [], difference: [] },
  control: [],
});

const now = { kernel: '6.12', cpu: 'A' };
const records = [
  record('older', '01', now),
  record('newer', '05', now),
  record('other', '09', { kernel: '6.13', cpu: 'B' }),
  record('near', '07', { kernel: '6.1', cpu: 'A' }),
];
const wanted = { gate: 'api', function: 'f', isolation: 'runc', metric: 'latency' as const };

test('the newest with the same fingerprint', () => {
  expect(selectBaseline(records, 'api', now).map((r) => r.runId)).toEqual(['newer']);
  expect(selectBaseline(records, 'another', now)).toEqual([]);
  expect(findRecord(records, wanted, now)).toMatchObject({ record: { runId: 'newer' } });
});

test('none with the same fingerprint: the nearest is kept, so that the difference can be named', () => {
  const others = selectBaseline(records.slice(2), 'api', now);
  expect(others.map((r) => r.runId)).toEqual(['near']);
  expect(findRecord(others, wanted, now)).toEqual({
    obstacle: {
      code: 'fingerprint-differs',
      message: 'the baseline for f/runc was measured under other conditions: kernel 6.1 → 6.12; not compared',
    },
    differences: ['kernel 6.1 → 6.12'],
  });
});

test('a key that only one side has differs too', () => {
  const found = findRecord([record('r', '01', { cpu: 'A' })], wanted, now);
  expect(found).toMatchObject({ obstacle: { message: expect.stringContaining('kernel absent → 6.12') } });
});

test('no record', () => {
  expect(findRecord([], wanted, now)).toMatchObject({ obstacle: { code: 'no-baseline' } });
  expect(findRecord(records, { ...wanted, metric: 'memory' }, now)).toMatchObject({
    obstacle: { code: 'no-baseline', message: 'no baseline of memory for f/runc: not compared' },
  });
});
