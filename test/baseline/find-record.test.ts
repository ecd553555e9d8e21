import { expect, test } from 'vitest';
import { findRecord } from '../../src/baseline/find-record.ts';
import { selectBaseline } from '../../src/baseline/select-baseline.ts';
import type { BaselineRecord } from '../../src/model/baseline.ts';

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
  blocks: { ratio: [0], difference: [0] },
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
      cause: 'fingerprint',
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

const commits = ['base', 'parent', 'grandparent'];
test.each([
  [
    'the nearest ancestor’s, though another is newer',
    [
      ['grandparent', '09'],
      ['parent', '01'],
    ],
    'parent',
  ],
  [
    'never one of another line',
    [
      ['elsewhere', '09'],
      ['grandparent', '01'],
    ],
    'grandparent',
  ],
  [
    'nor one without a commit',
    [
      [null, '09'],
      ['grandparent', '01'],
    ],
    'grandparent',
  ],
] as const)('of the commits that count: %s', (_, those, expected) => {
  const some = those.map(([commit, day]) => ({ ...record(String(commit), day, now), commit }));
  expect(selectBaseline(some, 'api', now, commits).map((one) => one.commit)).toEqual([expected]);
  expect(selectBaseline(some, 'api', now, [])).toEqual([]);
});

test('the same fingerprint farther away comes before another one nearby', () => {
  const near = { ...record('near', '09', { ...now, kernel: '6.1' }), commit: 'parent' };
  const far = { ...record('far', '01', now), commit: 'grandparent' };
  expect(selectBaseline([near, far], 'api', now, commits).map((one) => one.runId)).toEqual(['far']);
});

test('of what was compacted only the middle is left: it is compared with by nobody', () => {
  const summary = { blocks: 9, ratio: null, difference: null, control: 1, treatment: 1 };
  const bare = { ...record('bare', '09', now), summary, blocks: { ratio: [], difference: [] } };
  expect(selectBaseline([bare, record('whole', '01', now)], 'api', now).map((one) => one.runId)).toEqual(['whole']);
});
