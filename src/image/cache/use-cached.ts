import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closeCache } from '../../lib/private-directory.ts';
import { removeLeftovers, tryRemoveTree, unfinishedPrefix } from '../../lib/remove-tree.ts';
import { shortDigest } from '../../lib/text.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import { digestTree } from '../tree/digest-tree.ts';
import { recordSize, requireRoom } from './make-room.ts';

export interface CacheEntry {
  /** Digest of everything that the entry is made from, `sha256:…`. */
  key: string;
  cacheDir: string;
  kind: 'kernel' | 'initramfs' | 'runtime' | 'function' | 'image' | 'disk' | 'source' | 'whole';
  /** What the log calls it. */
  title: string;
  log: (line: string) => void;
  /**
   * Whether it holds a tree with owners, devices and set-id bits that somebody else chose. These then count in its
   * digest.
   */
  foreign?: boolean;
  /** Fills `dir`; `finalDir` is where it will stand. */
  build: (dir: string, finalDir: string) => Promise<void>;
}

/** Where the content of an entry is, and its `sha256:…`. */
export interface Cached {
  dir: string;
  digest: string;
}

/**
 * Builds an entry once. It is published by one rename, so no reader sees half of it, and of two builders at once the
 * first wins. Its digest is computed again at every use, and an entry that no longer matches is built again.
 * @throws NotMeasurableError when others could write into the cache
 */
export async function useCached(entry: CacheEntry): Promise<Cached> {
  const kindDir = join(entry.cacheDir, entry.kind);
  await requireOwnDirectory(entry.cacheDir);
  if (await closeCache(entry.cacheDir)) entry.log(`cache: ${entry.cacheDir} is now closed to other users (mode 700)`);
  await requireOwnDirectory(kindDir);
  await chmod(kindDir, 0o700);
  await removeLeftovers(kindDir, entry.log);
  const place = join(kindDir, entry.key.replace('sha256:', ''));
  for (;;) {
    const there = await verify(place, entry.foreign ?? false);
    if (there.state === 'whole') {
      // The time of its last use, by which the cache is pruned.
      await utimes(join(place, 'digest'), new Date(), new Date());
      entry.log(`${entry.title}: reused from the cache (${shortDigest(there.digest)})`);
      return { dir: join(place, 'content'), digest: there.digest };
    }
    const staging = join(kindDir, `${unfinishedPrefix()}${randomBytes(6).toString('hex')}`);
    if (there.state === 'altered') {
      entry.log(`${entry.title}: the cached one was altered (${there.reason}); building it again`);
      await discard(place, there.inode, `${staging}-altered`, entry.log);
    }
    await requireRoom(entry.cacheDir, entry.log);
    const built = await buildInto(entry, staging, place);
    if (built) return built;
  }
}

async function buildInto(entry: CacheEntry, staging: string, place: string): Promise<Cached | null> {
  const startedMs = performance.now();
  try {
    await mkdir(join(staging, 'content'), { recursive: true });
    await chmod(staging, 0o755);
    await chmod(join(staging, 'content'), 0o755);
    await entry.build(join(staging, 'content'), join(place, 'content'));
    const digest = await digestTree(join(staging, 'content'), { attributes: entry.foreign ?? false });
    await recordSize(staging);
    await writeFile(join(staging, 'digest'), `${digest}\n`, { mode: 0o644 });
    await rename(staging, place);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    entry.log(`${entry.title}: built in ${seconds} s (${shortDigest(digest)})`);
    return { dir: join(place, 'content'), digest };
  } catch (error) {
    // Somebody else published the same entry meanwhile. Theirs is verified and used.
    const code = (error as NodeJS.ErrnoException).code;
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && (error as NodeJS.ErrnoException).syscall === 'rename')
      return null;
    throw error;
  } finally {
    await tryRemoveTree(staging, entry.log);
  }
}

type Verified =
  | { state: 'absent' }
  | { state: 'whole'; digest: string }
  | { state: 'altered'; reason: string; inode: number };

async function verify(place: string, attributes: boolean): Promise<Verified> {
  const found = await stat(place).catch(() => null);
  if (found === null) return { state: 'absent' };
  const recorded = (await readFile(join(place, 'digest'), 'utf8').catch(() => '')).trim();
  const actual = await digestTree(join(place, 'content'), { attributes }).catch(() => 'unreadable');
  if (recorded === actual) return { state: 'whole', digest: actual };
  return {
    state: 'altered',
    reason: `${shortDigest(recorded)} recorded, ${shortDigest(actual)} found`,
    inode: found.ino,
  };
}

/** Removes it only if it is still the directory that was looked at: another process may have put a good one there. */
async function discard(place: string, inode: number, aside: string, log: (line: string) => void): Promise<void> {
  const found = await stat(place).catch(() => null);
  if (found?.ino !== inode) return;
  await rename(place, aside);
  await tryRemoveTree(aside, log);
}

async function requireOwnDirectory(dir: string): Promise<void> {
  if (await mkdir(dir, { recursive: true })) await chmod(dir, 0o700);
  const { uid, mode } = await stat(dir);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    const seen = `owner ${uid}, mode ${(mode & 0o7777).toString(8)}`;
    throw new NotMeasurableError(
      `others may write to the image cache ${dir} (${seen}): make it yours alone to write (chown, chmod 700)`,
    );
  }
}
