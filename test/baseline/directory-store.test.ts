import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDirectoryStore } from '../../src/baseline/directory-store.ts';
import type { BaselineRecord } from '../../src/types.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'isogate-baseline-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const record = (changes: Partial<BaselineRecord> = {}): BaselineRecord => ({
  schema: 'isogate.baseline/1',
  gate: 'api',
  function: 'thumbnail',
  isolation: 'runc',
  metric: 'latency',
  fingerprint: { kernel: '6.12' },
  runId: 'r1',
  attempt: 1,
  commit: 'abc',
  recordedAt: '2026-02-03T04:05:06.000Z',
  blocks: { ratio: [0.01, 0.02], difference: [0.1, 0.2] },
  control: [10, 11],
  ...changes,
});

test('what is appended is read back, by gate, also from a directory that did not exist', async () => {
  const store = await openDirectoryStore(join(dir, 'new'));
  expect(await store.read('api')).toEqual({ records: [], warnings: [] });
  await store.append([record(), record({ isolation: 'gvisor' }), record({ gate: 'other' })]);
  await store.append([record({ runId: 'r2' })]);
  const { records, warnings } = await store.read('api');
  expect(warnings).toEqual([]);
  expect(records.map((r) => `${r.isolation} ${r.runId}`)).toEqual(['gvisor r1', 'runc r1', 'runc r2']);
  expect(records[1]).toEqual(record());
  expect(readFileSync(join(dir, 'new/api/thumbnail/runc.jsonl'), 'utf8').split('\n')).toHaveLength(3);
});

test('names cannot lead out of the directory', async () => {
  const store = await openDirectoryStore(dir);
  await store.append([record({ gate: '../..', function: '/etc', isolation: '..' })]);
  expect(readdirSync(dir)).toEqual(['%2E%2E%2F%2E%2E']);
  expect((await store.read('../..')).records).toHaveLength(1);
});

test('corrupt, foreign and oversized lines are left out and counted', async () => {
  const store = await openDirectoryStore(dir);
  await store.append([record()]);
  const file = join(dir, 'api/thumbnail/runc.jsonl');
  appendFileSync(file, `not json\n${JSON.stringify(record({ gate: 'x' }))}\n{"schema":"isogate.baseline/1"}\n`);
  appendFileSync(file, `${JSON.stringify({ ...record(), commit: 'c'.repeat(2 ** 20) })}\n`);
  const { records, warnings } = await store.read('api');
  expect(records).toEqual([record()]);
  expect(warnings).toEqual([
    { code: 'baseline-lines-skipped', message: `${file}: 4 lines are no baseline records; left out` },
  ]);
});

test('an append after a torn line costs only the torn line', async () => {
  const store = await openDirectoryStore(dir);
  await store.append([record()]);
  appendFileSync(join(dir, 'api/thumbnail/runc.jsonl'), '{"schema":"isogate.ba');
  await store.append([record({ runId: 'r2' })]);
  const { records, warnings } = await store.read('api');
  expect(records.map((r) => r.runId)).toEqual(['r1', 'r2']);
  expect(warnings).toHaveLength(1);
});

test('a file in its place is refused by name', async () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  await expect(openDirectoryStore(file)).rejects.toThrow(`baseline: ${file} cannot be read (ENOTDIR`);
});
