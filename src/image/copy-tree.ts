import { chmodSync, constants, copyFileSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TreeEntry } from './list-tree.ts';
import { sealedFileMode } from './seal-tree.ts';

/**
 * Copies the listed entries of `from` into the directory `to`; links stay links. With `share` files become further names
 * of the same bytes: for trees of the cache, which nobody changes.
 */
export async function copyTree(from: string, to: string, entries: TreeEntry[], share = false): Promise<void> {
  mkdirSync(to, { recursive: true });
  let files = 0;
  for (const entry of entries) {
    const target = join(to, entry.path);
    if (entry.kind === 'directory') mkdirSync(target, { recursive: true });
    if (entry.kind === 'link') symlinkSync(entry.target, target);
    if (entry.kind !== 'file') continue;
    if (share) linkSync(join(from, entry.path), target);
    else copyFile(join(from, entry.path), target, entry.mode);
    if (++files % 256 === 0) await setImmediate();
  }
}

function copyFile(from: string, to: string, mode: number): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  chmodSync(to, sealedFileMode(mode));
}
