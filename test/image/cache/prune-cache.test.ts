import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { pruneCache } from '../../../src/image/cache/prune-cache.ts';
import { useCached } from '../../../src/image/cache/use-cached.ts';
import { ownIdentity } from '../../../src/lib/process-identity.ts';

const DAY_MS = 24 * 3600e3;
const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-prune-'));
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

const use = (key: string): Promise<{ dir: string }> =>
  useCached({
    key: `sha256:${key}`,
    cacheDir,
    kind: 'image',
    title: key,
    log: () => {},
    build: async (dir) => writeFileSync(join(dir, 'file'), key),
  });

it('removes entries that were not used for two weeks, and keeps what was used or is being built', async () => {
  const old = await use('old');
  const fresh = await use('fresh');
  const used = await use('used');
  for (const name of ['old', 'used']) {
    const then = new Date(Date.now() - 20 * DAY_MS);
    utimesSync(join(cacheDir, 'image', name, 'digest'), then, then);
  }
  await use('used');
  mkdirSync(join(cacheDir, 'image', '.partial-being-built'));
  const lines: string[] = [];
  await pruneCache(cacheDir, (line) => lines.push(line));
  expect([old, fresh, used].map(({ dir }) => existsSync(join(dir, 'file')))).toEqual([false, true, true]);
  expect(existsSync(join(cacheDir, 'image', '.partial-being-built'))).toBe(true);
  expect(lines).toEqual(['cache: removed 1 entries that were not used for two weeks']);
});

it('does nothing where there is no cache yet', async () => {
  await expect(pruneCache(join(cacheDir, 'absent'), () => {})).resolves.toBeUndefined();
});

it('removes what killed runs left, of every kind, and nothing of living ones', async () => {
  const dead = `${'0'.repeat(32)}-1-1`;
  const day = new Date(Date.now() - 2 * DAY_MS);
  const names = [`.partial-${dead}-abc`, `.partial-${ownIdentity()}-abc`];
  for (const kind of ['image', 'function', 'kernel'])
    for (const name of names) mkdirSync(join(cacheDir, kind, name, 'content'), { recursive: true });
  for (const name of [`fresh-${dead}-aB3xYz`, `fresh-${ownIdentity()}-aB3xYz`, 'fresh-Old111', 'fresh-New222'])
    mkdirSync(join(cacheDir, name, 'image', 'x'), { recursive: true });
  mkdirSync(join(cacheDir, 'fresh-Busy33', 'image'), { recursive: true });
  for (const name of ['fresh-Old111/image', 'fresh-Old111', 'fresh-Busy33']) utimesSync(join(cacheDir, name), day, day);
  const lines: string[] = [];
  await pruneCache(cacheDir, (line) => lines.push(line));
  for (const kind of ['image', 'function', 'kernel'])
    expect(readdirSync(join(cacheDir, kind))).toEqual([`.partial-${ownIdentity()}-abc`]);
  const fresh = readdirSync(cacheDir).filter((name) => name.startsWith('fresh-'));
  expect(fresh.sort()).toEqual([`fresh-${ownIdentity()}-aB3xYz`, 'fresh-Busy33', 'fresh-New222'].sort());
  expect(lines).toEqual(['cache: removed 5 leftovers of runs that were killed']);
});
