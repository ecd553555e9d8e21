import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone } from '../../lib/process-identity.ts';
import { removeLeftovers, tryRemoveTree } from '../../lib/remove-tree.ts';
import { removeKilledBuilds } from '../source/engine-builds.ts';
import { makeRoom } from './make-room.ts';

const KEEP_MS = 14 * 24 * 3600e3;

/** For a cache of one run (`--fresh`) that does not name its owner: no run goes a day without building something. */
const FRESH_KEEP_MS = 24 * 3600e3;

/**
 * Removes what no run has used for two weeks, what killed runs left, and what is more than a cache may hold. It runs only under the host's lock, when
 * nobody else is about to use an entry. What cannot be removed stays and is named in the log.
 */
export async function pruneCache(cacheDir: string, log: (line: string) => void, nowMs = Date.now()): Promise<void> {
  await removeKilledBuilds(log);
  let unused = 0;
  let leftovers = 0;
  for (const kind of await readdir(cacheDir).catch(() => [])) {
    const kindDir = join(cacheDir, kind);
    if (await isDeadFresh(kindDir, kind, nowMs)) {
      if (await tryRemoveTree(kindDir, log)) leftovers += 1;
      continue;
    }
    leftovers += await removeLeftovers(kindDir, log);
    unused += await removeUnused(kindDir, log, nowMs);
  }
  if (unused > 0) log(`cache: removed ${unused} entries that were not used for two weeks`);
  if (leftovers > 0) log(`cache: removed ${leftovers} leftovers of runs that were killed`);
  if (await stat(cacheDir).catch(() => null)) await makeRoom(cacheDir, { log, unusedSinceMs: nowMs });
}

async function removeUnused(kindDir: string, log: (line: string) => void, nowMs: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(kindDir).catch(() => [])) {
    const used = await stat(join(kindDir, name, 'digest')).catch(() => null);
    if (used === null || nowMs - used.mtimeMs < KEEP_MS) continue;
    if (await tryRemoveTree(join(kindDir, name), log)) removed += 1;
  }
  return removed;
}

async function isDeadFresh(dir: string, name: string, nowMs: number): Promise<boolean> {
  const owner = /^fresh-([0-9a-f]{32}-\d+-\d+)-/.exec(name)?.[1];
  if (owner !== undefined) return isGone(owner);
  if (!/^fresh-[A-Za-z0-9]{6}$/.test(name)) return false;
  const names = ['', ...(await readdir(dir).catch(() => []))];
  const changed = await Promise.all(names.map((one) => lstat(join(dir, one)).catch(() => null)));
  return changed.every((one) => one === null || nowMs - one.mtimeMs >= FRESH_KEEP_MS);
}
