import { lstat, readdir, readFile, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryRemoveTree } from '../../lib/remove-tree.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import { listTree } from '../tree/list-tree.ts';
import { type CacheLimits, readCacheLimits } from './cache-limits.ts';

const BLOCK_BYTES = 512;
/** What was used within a day may be in use, by this run or by another one. */
const IN_USE_MS = 24 * 3600e3;

interface Entry {
  place: string;
  usedMs: number;
  bytes: number;
}

/**
 * Notes beside an entry how much room it takes. A file that other entries have too counts in part, since it does not go with
 * one of them.
 */
export async function recordSize(place: string): Promise<number> {
  const content = join(place, 'content');
  let bytes = 0;
  for (const { kind, path } of listTree(content)) {
    const { blocks, nlink } = await lstat(join(content, path));
    bytes += (blocks * BLOCK_BYTES) / (kind === 'directory' ? 1 : nlink);
  }
  await writeFile(join(place, 'size'), `${Math.ceil(bytes)}\n`, { mode: 0o644 });
  return Math.ceil(bytes);
}

/**
 * Removes entries, those first that were not used for the longest time, until the cache is as small and its file system has as
 * much free as it should. What is used at present stays.
 * @param options.unusedSinceMs what was used later stays
 */
export async function makeRoom(
  cacheDir: string,
  options: { log: (line: string) => void; limits?: CacheLimits; unusedSinceMs?: number },
): Promise<void> {
  const { log, limits = readCacheLimits(), unusedSinceMs = Date.now() - IN_USE_MS } = options;
  const entries = (await listEntries(cacheDir)).sort((one, other) => one.usedMs - other.usedMs);
  let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  let removed = 0;
  for (const entry of entries) {
    if (entry.usedMs >= unusedSinceMs) break;
    if (total <= limits.maxBytes && (await freeBytesOf(cacheDir)) >= limits.freeBytes) break;
    if (!(await tryRemoveTree(entry.place, log))) continue;
    total -= entry.bytes;
    removed += 1;
  }
  if (removed > 0) log(`cache: removed ${removed} entries that were not used for the longest time, to make room`);
}

/**
 * The same before something is built, which is refused where there is too little room all the same.
 * @throws NotMeasurableError
 */
export async function requireRoom(cacheDir: string, log: (line: string) => void): Promise<void> {
  const limits = readCacheLimits();
  await makeRoom(cacheDir, { log, limits });
  const free = await freeBytesOf(cacheDir);
  if (free >= limits.freeBytes) return;
  throw new NotMeasurableError(
    `${cacheDir} has ${toMiB(free)} MiB free, and ${toMiB(limits.freeBytes)} MiB are to stay free: make room there, use another place with --cache-dir, or allow less with ISOGATE_CACHE_FREE`,
  );
}

/** Of the file system there. */
export async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

async function listEntries(cacheDir: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const kind of await readdir(cacheDir).catch(() => [])) {
    if (kind.startsWith('fresh-')) continue;
    for (const name of await readdir(join(cacheDir, kind)).catch(() => [])) {
      const place = join(cacheDir, kind, name);
      const used = await stat(join(place, 'digest')).catch(() => null);
      if (used !== null && !name.startsWith('.'))
        entries.push({ place, usedMs: used.mtimeMs, bytes: await sizeOf(place) });
    }
  }
  return entries;
}

/** Earlier versions noted none. */
async function sizeOf(place: string): Promise<number> {
  const noted = Number(await readFile(join(place, 'size'), 'utf8').catch(() => 'none'));
  return Number.isFinite(noted) ? noted : recordSize(place).catch(() => 0);
}

const toMiB = (bytes: number): number => Math.round(bytes / 2 ** 20);
