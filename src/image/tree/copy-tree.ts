import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BadInputError } from '../../model/errors.ts';
import type { TreeEntry } from './list-tree.ts';
import { keptMode } from './seal-tree.ts';

/**
 * Copies the listed entries of `from` into the directory `to`, with their modes but without set-id bits; links stay
 * links. With `share` files are hard links to the same bytes, which is for trees of the cache, because nobody changes
 * those; what is there already stays then.
 * @throws BadInputError when a file is no longer what was listed
 */
export async function copyTree(
  from: string,
  to: string,
  entries: TreeEntry[],
  options: { share?: boolean } = {},
): Promise<void> {
  mkdirSync(to, { recursive: true });
  let files = 0;
  for (const entry of entries) {
    const target = join(to, entry.path);
    if (options.share && entry.kind !== 'directory' && lstatSync(target, { throwIfNoEntry: false })) continue;
    if (entry.kind === 'directory') mkdirSync(target, { recursive: true });
    if (entry.kind === 'link') symlinkSync(entry.target, target);
    if (entry.kind !== 'file') continue;
    if (options.share) linkSync(join(from, entry.path), target);
    else copyFile(join(from, entry.path), target, entry);
    if (++files % 256 === 0) await setImmediate();
  }
  // After their content and deepest first, because a directory may be closed to its owner.
  for (const entry of entries.toReversed())
    if (entry.kind === 'directory') chmodSync(join(to, entry.path), keptMode(entry.mode));
}

/** Copies the file that was listed or none: a link that took its place meanwhile is not followed. */
function copyFile(from: string, to: string, entry: { mode: number; size: number }): void {
  const changed = () => new BadInputError(`${from} changed while it was read: leave it alone during a run`);
  const fd = openUnlinked(from, changed);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size !== entry.size) throw changed();
    // The descriptor makes sure that it is this file. Copied by path, the kernel may share the blocks.
    copyFileSync(`/proc/self/fd/${fd}`, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } finally {
    closeSync(fd);
  }
  chmodSync(to, keptMode(entry.mode));
}

function openUnlinked(file: string, changed: () => Error): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw ['ELOOP', 'ENOENT', 'ENOTDIR', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')
      ? changed()
      : error;
  }
}
