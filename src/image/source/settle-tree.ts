import { chmodSync, chownSync, lstatSync, lutimesSync } from 'node:fs';
import { join } from 'node:path';
import { listTree, type TreeEntry } from '../tree/list-tree.ts';
import { FIXED_TIME_SECONDS } from '../tree/seal-tree.ts';

/** Upper limits of a tree that somebody else made. A stream's bytes are those of the unpacked tar. */
export interface UnpackLimits {
  bytes: number;
  entries: number;
  /** Of one file. Sparse files count with their holes. */
  fileBytes: number;
}

export const UNPACK_LIMITS: UnpackLimits = { bytes: 8 * 2 ** 30, entries: 1_000_000, fileBytes: 4 * 2 ** 30 };

/** PATH_MAX (linux/limits.h) is 4096, with room for the directories around the tree. */
const MAX_PATH_BYTES = 3072;
/** A squashfs stores whole seconds from 1970 in 32 bits. */
const MAX_SECONDS = 2 ** 32 - 1;

/**
 * Checks an unpacked tree and gives it times that every file system keeps: files have whole seconds, because other
 * files may refer to them (Python's bytecode does), and everything else has one fixed time.
 * @param refuse makes the error for a tree that cannot be used
 */
export function settleTree(root: string, limits: UnpackLimits, refuse: (what: string) => Error): void {
  let bytes = 0;
  let entries = 0;
  const list = listNamed(root, refuse, (entry) => {
    entries += 1;
    bytes += entry.kind === 'file' ? entry.size : 0;
    if (entries > limits.entries) throw refuse(`holds more than ${limits.entries} files`);
    if (bytes > limits.bytes) throw refuse(`is more than ${limits.bytes} bytes unpacked, holes included`);
    if (Buffer.byteLength(entry.path) > MAX_PATH_BYTES)
      throw refuse(`has a path of more than ${MAX_PATH_BYTES} bytes: ${entry.path.slice(0, 60)}…`);
  });
  for (const entry of list) settle(join(root, entry.path), entry, refuse);
  chownSync(root, 0, 0);
  chmodSync(root, 0o755);
  lutimesSync(root, FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
}

function settle(path: string, entry: TreeEntry, refuse: (what: string) => Error): void {
  const stat = lstatSync(path);
  if (stat.isSocket()) throw refuse(`has ${entry.path}, which is a socket`);
  // An overlay file system takes it for a deleted file, so that it would be missing in some arms only.
  if (stat.isCharacterDevice() && stat.rdev === 0) throw refuse(`has ${entry.path}, the mark of a deleted file`);
  const seconds = Math.min(Math.max(Math.floor(stat.mtimeMs / 1000), 0), MAX_SECONDS);
  const time = entry.kind === 'file' ? seconds : FIXED_TIME_SECONDS;
  lutimesSync(path, time, time);
}

function listNamed(root: string, refuse: (what: string) => Error, onEntry: (entry: TreeEntry) => void): TreeEntry[] {
  try {
    return listTree(root, { onEntry });
  } catch (error) {
    const { code, path = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENAMETOOLONG') throw refuse(`has a path of more than ${MAX_PATH_BYTES} bytes`);
    // Node cannot find it by the name as it decoded it.
    if (code === 'ENOENT') throw refuse(`has a name that is not UTF-8: ${path.slice(root.length + 1)}`);
    throw error;
  }
}
