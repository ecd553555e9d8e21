/** Directories that hold what the user's functions are made of, and perhaps their secrets. */

import { chmod, readdir, stat } from 'node:fs/promises';

/** What this program makes at the top of its cache. */
const OWN_NAMES =
  /^(kernel|initramfs|runtime|function|image|disk|source|whole|git|probe|repositories|fresh-.*|\.isogate-.*)$/;

/**
 * Closes a cache to everybody but its owner, also one of an earlier version, which was open to readers. A directory with
 * other things in it stays as it is, since somebody else may need them; each kind of entry is closed all the same.
 * @returns whether what it already held was open to others before
 */
export async function closeCache(dir: string): Promise<boolean> {
  const { uid, mode } = await stat(dir);
  // What others may write is refused where it is used, and not silently mended.
  if (uid !== process.getuid?.() || (mode & 0o077) === 0 || (mode & 0o022) !== 0) return false;
  const names = await readdir(dir);
  if (!names.every((name) => OWN_NAMES.test(name))) return false;
  await chmod(dir, 0o700);
  return names.length > 0;
}
