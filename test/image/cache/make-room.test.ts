import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readCacheLimits } from '../../../src/image/cache/cache-limits.ts';
import { makeRoom } from '../../../src/image/cache/make-room.ts';
import { useCached } from '../../../src/image/cache/use-cached.ts';

let cacheDir: string;
let lines: string[];
const log = (line: string): void => void lines.push(line);
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'isogate-room-'));
  lines = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cacheDir, { recursive: true, force: true });
});

const MIB = 2 ** 20;
const NO_FLOOR = { maxBytes: 10 * MIB, freeBytes: 0 };
/** An entry of 4 MiB, last used so many hours ago. */
async function use(key: string, hours: number): Promise<string> {
  const { dir } = await useCached({
    ...{ key: `sha256:${key}`, cacheDir, kind: 'image', title: key, log },
    build: async (into) => writeFileSync(join(into, 'file'), Buffer.alloc(4 * MIB, 1)),
  });
  const then = new Date(Date.now() - hours * 3600e3);
  utimesSync(join(dir, '../digest'), then, then);
  return dir;
}

it('what was not used for the longest time goes first, and no more than has to', async () => {
  const dirs = [await use('a', 30), await use('b', 50), await use('c', 40), await use('d', 1)];
  await makeRoom(cacheDir, { log, limits: NO_FLOOR });
  expect(dirs.map((dir) => existsSync(dir))).toEqual([true, false, false, true]);
  expect(lines.at(-1)).toBe('cache: removed 2 entries that were not used for the longest time, to make room');
});

it('what this run has used stays, however full the cache is', async () => {
  const dirs = [await use('a', 0), await use('b', 30), await use('c', 0), await use('d', 0)];
  await makeRoom(cacheDir, { log, limits: NO_FLOOR });
  expect(dirs.map((dir) => existsSync(dir))).toEqual([true, false, true, true]);
});

it('nothing goes where there is room', async () => {
  const dirs = [await use('a', 30), await use('b', 50)];
  await makeRoom(cacheDir, { log, limits: NO_FLOOR });
  expect(dirs.map((dir) => existsSync(dir))).toEqual([true, true]);
});

it('an entry of an earlier version, without a noted size, is measured', async () => {
  const dirs = [await use('a', 30), await use('b', 50), await use('c', 40)];
  for (const dir of dirs) rmSync(join(dir, '../size'));
  await makeRoom(cacheDir, { log, limits: NO_FLOOR });
  expect(dirs.map((dir) => existsSync(dir))).toEqual([true, false, true]);
  expect(Number(readFileSync(join(dirs[0] ?? '', '../size'), 'utf8'))).toBe(4 * MIB);
});

it('where too little would stay free, the old goes, and nothing new is built', async () => {
  const old = await use('a', 30);
  vi.stubEnv('ISOGATE_CACHE_FREE', '900000GiB');
  await expect(use('b', 0)).rejects.toThrow(
    /^\S+ has \d+ MiB free, and 921600000 MiB are to stay free: make room there, use another place with --cache-dir, or allow less with ISOGATE_CACHE_FREE$/,
  );
  expect(existsSync(old)).toBe(false);
});

it('other directories of the cache are left alone', async () => {
  mkdirSync(join(cacheDir, 'probe'));
  writeFileSync(join(cacheDir, 'probe', 'proof.json'), Buffer.alloc(20 * MIB));
  await makeRoom(cacheDir, { log, limits: NO_FLOOR });
  expect(existsSync(join(cacheDir, 'probe', 'proof.json'))).toBe(true);
});

it('the limits are those of the machine, with 20 GiB and 1 GiB where it says nothing', () => {
  expect(readCacheLimits({})).toEqual({ maxBytes: 20 * 2 ** 30, freeBytes: 2 ** 30 });
  expect(readCacheLimits({ ISOGATE_CACHE_MAX: '512MiB', ISOGATE_CACHE_FREE: '2GB' })).toEqual({
    maxBytes: 512 * MIB,
    freeBytes: 2e9,
  });
  expect(() => readCacheLimits({ ISOGATE_CACHE_MAX: '-1' })).toThrow(
    /^ISOGATE_CACHE_MAX: .*-1.*: not a size; accepted: /,
  );
});
