import { chmodSync, chownSync, lchownSync, lutimesSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTION_UID } from '../../model/uids.ts';
import { listTree } from './list-tree.ts';

/** 2000-01-01T00:00:00Z; ZIP cannot store times before 1980. */
export const FIXED_TIME_SECONDS = 946_684_800;

/** Gives everything one time, so that the same content makes the same disk. */
function fixTimes(root: string): void {
  for (const entry of listTree(root)) lutimesSync(join(root, entry.path), FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
  utimesSync(root, FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
}

/**
 * Gives a function's tree to the function's user, so that it can read a file of mode 0600 as it could where it comes from;
 * every arm mounts the tree read-only. Modes stay, without set-id bits. A harness that is not root keeps it itself.
 */
export function sealFunction(root: string): void {
  const isRoot = process.getuid?.() === 0;
  const entries = listTree(root);
  for (const entry of entries) if (isRoot) lchownSync(join(root, entry.path), FUNCTION_UID, FUNCTION_UID);
  // Below comes first, because without root a directory that is closed can no longer be entered.
  for (const entry of entries.reverse())
    if (entry.kind === 'file' || entry.kind === 'directory') chmodSync(join(root, entry.path), keptMode(entry.mode));
  if (isRoot) chownSync(root, FUNCTION_UID, FUNCTION_UID);
  chmodSync(root, 0o755);
  fixTimes(root);
}

/** A file's mode without set-id and sticky bits. */
export const keptMode = (mode: number): number => mode & 0o777;

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
