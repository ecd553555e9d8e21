import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openProofCache, type Proof } from '../../src/probe/proof-cache.ts';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const HOUR = 3_600_000;
const proof = (key: string, at: number, usable = true): Proof => ({
  key,
  at,
  result: {
    ...{ isolation: 'runc', type: 'runc', usable, version: 'runc 1.1', reason: usable ? null : 'why', fix: null },
    ...{ accelerator: null, emulated: false, provedMs: usable ? 61.5 : null, notes: [] },
  },
});

let cacheDir = '';
const file = () => join(cacheDir, 'probe/proofs.json');
const keys = async (): Promise<string[]> => {
  const cache = await openProofCache(cacheDir, NOW);
  return ['a', 'b', 'c', 'd', 'e'].filter((key) => cache.find(key) !== null);
};
beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'isogate-proofs-'));
  const cache = await openProofCache(cacheDir, NOW);
  cache.put(proof('a', NOW - HOUR));
  await cache.save();
});
afterEach(() => rmSync(cacheDir, { recursive: true }));

it('gives back what was put, to the next run', async () => {
  expect((await openProofCache(cacheDir, NOW)).find('a')).toEqual(proof('a', NOW - HOUR));
  expect(await keys()).toEqual(['a']);
});

it('keeps what works for a day, what does not for an hour, and nothing from the future', async () => {
  const cache = await openProofCache(cacheDir, NOW);
  cache.put(proof('b', NOW - 24 * HOUR));
  cache.put(proof('c', NOW - HOUR, false));
  cache.put(proof('d', NOW - HOUR + 1, false));
  cache.put(proof('e', NOW + 1));
  await cache.save();
  expect(await keys()).toEqual(['a', 'd']);
});

it('writes nothing where nothing is new', async () => {
  const text = readFileSync(file(), 'utf8');
  chmodSync(file(), 0o600);
  const cache = await openProofCache(cacheDir, NOW + 48 * HOUR);
  await cache.save();
  expect(readFileSync(file(), 'utf8')).toBe(text);
});

it.each<[string, () => void]>([
  ['a file that others may write', () => chmodSync(file(), 0o666)],
  ['a directory that others may write', () => chmodSync(join(cacheDir, 'probe'), 0o777)],
  ['a cache that its group may write', () => chmodSync(cacheDir, 0o770)],
  [
    'a link',
    () => {
      renameSync(file(), join(cacheDir, 'elsewhere.json'));
      symlinkSync('../elsewhere.json', file());
    },
  ],
  [
    'a directory',
    () => {
      rmSync(file());
      mkdirSync(file());
    },
  ],
  ['no JSON', () => writeFileSync(file(), '{')],
  ['another schema', () => writeFileSync(file(), readFileSync(file(), 'utf8').replace('proofs/1', 'proofs/2'))],
  ['a key too many', () => writeFileSync(file(), readFileSync(file(), 'utf8').replace('"usable"', '"x":1,"usable"'))],
  ['a number that is none', () => writeFileSync(file(), readFileSync(file(), 'utf8').replace('61.5', '"61.5"'))],
  ['more than a mebibyte', () => writeFileSync(file(), readFileSync(file(), 'utf8') + ' '.repeat(2 ** 20))],
])('does not trust %s', async (_, spoil) => {
  spoil();
  expect(await keys()).toEqual([]);
});
