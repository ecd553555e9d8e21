import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CacheEntry, useCached } from '../../../src/image/cache/use-cached.ts';
import { ownIdentity } from '../../../src/lib/process-identity.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop.remove());

const KEY = `sha256:${'a'.repeat(64)}`;
const entry = (content: string, more: Partial<CacheEntry> = {}): CacheEntry => ({
  ...{ key: KEY, cacheDir: shop.cacheDir, kind: 'disk', title: 'thing', log: shop.log },
  build: async (dir) => writeFileSync(join(dir, 'file'), content),
  ...more,
});
const kindDir = (): string => join(shop.cacheDir, 'disk');

it('builds once: the second builder is not asked', async () => {
  const first = await useCached(entry('one'));
  const second = await useCached(entry('two'));
  expect(second).toEqual(first);
  expect(readFileSync(join(second.dir, 'file'), 'utf8')).toBe('one');
  expect(readdirSync(kindDir())).toEqual(['a'.repeat(64)]);
});

it('tells the builder where the entry will stand', async () => {
  let told = '';
  const { dir } = await useCached(
    entry('', {
      build: async (_, finalDir) => {
        told = finalDir;
      },
    }),
  );
  expect(told).toBe(dir);
});

it.each([
  ['content', (dir: string) => writeFileSync(join(dir, 'file'), 'bad')],
  ['a further file', (dir: string) => writeFileSync(join(dir, 'more'), '')],
  ['a mode', (dir: string) => chmodSync(join(dir, 'file'), 0o4755)],
  ['the record', (dir: string) => writeFileSync(join(dir, '../digest'), 'sha256:0\n')],
])('sees an altered entry: %s', async (_, alter) => {
  const { dir } = await useCached(entry('good'));
  alter(dir);
  const again = await useCached(entry('good again'));
  expect(readdirSync(again.dir)).toEqual(['file']);
  expect(readFileSync(join(again.dir, 'file'), 'utf8')).toBe('good again');
  expect(shop.lines[1]).toMatch(
    /^thing: the cached one was altered \(sha256:\w+ recorded, sha256:\w+ found\); building it again$/,
  );
  expect(readdirSync(kindDir())).toEqual(['a'.repeat(64)]);
});

it('lets many build at once: one wins, all get the same, nothing is left over', async () => {
  const build = async (dir: string) => {
    await setTimeout(20);
    writeFileSync(join(dir, 'file'), 'same');
  };
  const all = await Promise.all(Array.from({ length: 5 }, () => useCached(entry('', { build }))));
  expect(new Set(all.map((one) => `${one.dir} ${one.digest}`)).size).toBe(1);
  expect(readdirSync(kindDir())).toEqual(['a'.repeat(64)]);
});

it('leaves nothing of a build that fails', async () => {
  const build = async (dir: string) => {
    writeFileSync(join(dir, 'half'), '');
    throw new Error('no luck');
  };
  await expect(useCached(entry('', { build }))).rejects.toThrow('no luck');
  expect(readdirSync(kindDir())).toEqual([]);
});

it('removes what a killed builder left, and not what a living one has begun', async () => {
  const [boot, pid] = ownIdentity().split('-');
  const living = `.partial-${ownIdentity()}-abc`;
  const reused = `.partial-${boot}-${pid}-1-abc`;
  const beforeBoot = `.partial-${'0'.repeat(32)}-1-1-abc`;
  for (const name of [living, reused, beforeBoot]) mkdirSync(join(kindDir(), name), { recursive: true });
  await useCached(entry(''));
  expect(readdirSync(kindDir()).sort()).toEqual([living, 'a'.repeat(64)]);
});

it('is closed to other users, and so is one of an earlier version', async () => {
  await useCached(entry('one'));
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect([modeOf(shop.cacheDir), modeOf(kindDir())]).toEqual(['700', '700']);
  for (const path of [shop.cacheDir, kindDir()]) chmodSync(path, 0o755);
  await useCached(entry('one'));
  expect([modeOf(shop.cacheDir), modeOf(kindDir())]).toEqual(['700', '700']);
  expect(shop.lines).toContain(`cache: ${shop.cacheDir} is now closed to other users (mode 700)`);
});

it('closes only its own part of a directory that has other things in it', async () => {
  mkdirSync(shop.cacheDir);
  chmodSync(shop.cacheDir, 0o755);
  writeFileSync(join(shop.cacheDir, 'README.md'), '');
  await useCached(entry('one'));
  const modes = [shop.cacheDir, kindDir()].map((path) => (statSync(path).mode & 0o777).toString(8));
  expect(modes).toEqual(['755', '700']);
});

it('refuses a cache that others may write into', async () => {
  mkdirSync(shop.cacheDir);
  chmodSync(shop.cacheDir, 0o777);
  const mode = /^others may write to the image cache .*cache \(owner \d+, mode 777\): make it yours alone to write/;
  await expect(useCached(entry(''))).rejects.toThrow(mode);
  expect(existsSync(kindDir())).toBe(false);
});
