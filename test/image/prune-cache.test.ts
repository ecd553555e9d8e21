import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { pruneCache } from '../../src/image/prune-cache.ts';
import { useCached } from '../../src/image/use-cached.ts';

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
