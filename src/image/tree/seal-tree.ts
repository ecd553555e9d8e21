import { chmodSync, chownSync, lchownSync, lutimesSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { listTree } from './list-tree.ts';

/** 2000-01-01T00:00:00Z; ZIP cannot store times before 1980. */
export const FIXED_TIME_SECONDS = 946_684_800;

/** Gives everything one time, so that the same content makes the same disk. */
function fixTimes(root: string): void {
  for (const entry of listTree(root)) lutimesSync(join(root, entry.path), FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
  utimesSync(root, FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
}

/**
 * Gives a tree to the user who runs the harness: readable by all, writable by nobody else, without set-id bits. Of a
 * file's mode only "executable" stays.
 */
export function sealTree(root: string): void {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  for (const entry of listTree(root)) {
    const path = join(root, entry.path);
    if (entry.kind === 'link') lchownSync(path, uid, gid);
    if (entry.kind !== 'directory' && entry.kind !== 'file') continue;
    chownSync(path, uid, gid);
    chmodSync(path, entry.kind === 'directory' ? 0o755 : sealedFileMode(entry.mode));
  }
  chownSync(root, uid, gid);
  chmodSync(root, 0o755);
  fixTimes(root);
}

export const sealedFileMode = (mode: number): number => ((mode & 0o111) === 0 ? 0o644 : 0o755);
