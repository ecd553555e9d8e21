import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDirectoryStore } from '../../src/baseline/directory-store.ts';
import type { BaselinePin } from '../../src/model/baseline.ts';
import { record } from '../support/baseline-record.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'isogate-baseline-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const pin: BaselinePin = {
  ...{ schema: 'isogate.pin/1', gate: 'api', runId: 'r1', attempt: 1, commit: null },
  ...{ by: 'mona', reason: 'release 1', at: '2026-02-03T04:05:06.000Z' },
};
const of = (...records: ReturnType<typeof record>[]) => ({ records, pins: [] });
const filesIn = (path: string): string[] => (readdirSync(path, { recursive: true }) as string[]).sort();

test('what is appended is read back, by gate, also from a directory that did not exist', async () => {
  const store = await openDirectoryStore(join(dir, 'new'));
  expect((await store.read('api')).warnings.map(({ code }) => code)).toEqual(['no-baseline-directory']);
  const first = of(record(), record({ isolation: 'gvisor' }), record({ gate: 'other' }));
  expect(await store.append(first)).toEqual({ added: 3, known: 0 });
  expect(await store.append({ ...of(record({ runId: 'r2' })), pins: [pin] })).toEqual({ added: 2, known: 0 });
  const { records, pins, warnings } = await store.read('api');
  expect(warnings).toEqual([]);
  expect(records.map((r) => `${r.isolation} ${r.runId}`)).toEqual(['gvisor r1', 'runc r1', 'runc r2']);
  expect(records[1]).toEqual(record());
  expect(pins).toEqual([pin]);
  expect(filesIn(join(dir, 'new'))).toEqual([
    ...['.lock', 'api', 'api/pins.jsonl', 'api/thumbnail', 'api/thumbnail/gvisor'],
    ...[
      'api/thumbnail/gvisor/17bceec4d518f81a.jsonl',
      'api/thumbnail/runc',
      'api/thumbnail/runc/17bceec4d518f81a.jsonl',
    ],
    ...['other', 'other/thumbnail', 'other/thumbnail/runc', 'other/thumbnail/runc/17bceec4d518f81a.jsonl'],
  ]);
});

test('another fingerprint is another file; the same run twice adds nothing', async () => {
  const store = await openDirectoryStore(dir);
  await store.append(of(record(), record({ runId: 'r2', fingerprint: { kernel: '6.13' } })));
  expect(readdirSync(join(dir, 'api/thumbnail/runc'))).toHaveLength(2);
  expect(await store.append(of(record(), record({ isolation: 'gvisor' })))).toEqual({ added: 1, known: 1 });
});

test('names cannot lead out of the directory', async () => {
  const store = await openDirectoryStore(dir);
  await store.append(of(record({ gate: '../..', function: '/etc', isolation: '..' })));
  expect(readdirSync(dir)).toEqual(['%2E%2E%2F%2E%2E', '.lock']);
  expect((await store.read('../..')).records).toHaveLength(1);
});

test('corrupt, foreign and torn lines are left out and counted, and stay as they are', async () => {
  const store = await openDirectoryStore(dir);
  await store.append(of(record()));
  const [name = ''] = readdirSync(join(dir, 'api/thumbnail/runc'));
  const file = join(dir, 'api/thumbnail/runc', name);
  const own = readFileSync(file, 'utf8');
  appendFileSync(
    file,
    `not json\n${own.replace('"gate":"api"', '"gate":"x"')}{"schema":"isogate.baseline/1"}\n${own.slice(0, 50)}`,
  );
  const before = readFileSync(file, 'utf8');
  await store.append(of(record({ runId: 'r2' })));
  expect(readFileSync(file, 'utf8').startsWith(`${before}\n`)).toBe(true);
  const { records, warnings } = await store.read('api');
  expect(records.map(({ runId }) => runId)).toEqual(['r1', 'r2']);
  expect(warnings).toEqual([
    { code: 'baseline-lines-skipped', message: `${file}: 4 lines are no baseline records; left out` },
  ]);
});

test('links and files beyond all measure are not read', async () => {
  const store = await openDirectoryStore(dir);
  await store.append(of(record()));
  const folder = join(dir, 'api/thumbnail/runc');
  const [name = ''] = readdirSync(folder);
  symlinkSync(join(folder, name), join(folder, 'link.jsonl'));
  mkdirSync(join(dir, 'api/huge'));
  writeFileSync(join(dir, 'api/huge/huge.jsonl'), '');
  truncateSync(join(dir, 'api/huge/huge.jsonl'), 33 * 2 ** 20);
  const { records, warnings } = await store.read('api');
  expect(records).toHaveLength(1);
  expect(warnings.map(({ code }) => code)).toEqual(['baseline-file-large']);
});

test('a file in its place is refused by name', async () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  await expect(openDirectoryStore(file)).rejects.toThrow(`baseline: ${file} cannot be read (ENOTDIR`);
});
