import { dirname } from 'node:path';
import { NotMeasurableError } from '../../model/errors.ts';
import { readCacheLimits } from '../cache/cache-limits.ts';
import { freeBytesOf } from '../cache/make-room.ts';
import { openSizedDirectory, type SizedDirectory } from '../confine/sized-directory.ts';
import type { TreeEntry } from '../tree/list-tree.ts';

/** Twice of what a function may have, since compilers and package managers leave much beside it. */
const BYTES = 4 * 2 ** 30;
const FILES = 400_000;
/** What a build may add at least. */
const LEAST_BYTES = 256 * 2 ** 20;

/**
 * A directory for a copy of a tree in which a build may write, with an end to what it may write.
 * @param dir does not exist yet
 * @throws NotMeasurableError where the machine has too little room, or no way to limit it
 */
export async function openWork(dir: string, entries: TreeEntry[]): Promise<SizedDirectory> {
  const free = await freeBytesOf(dirname(dir));
  const { freeBytes } = readCacheLimits();
  const bytes = Math.floor(Math.min(BYTES, free - freeBytes) / 4096) * 4096;
  const needed = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), LEAST_BYTES);
  if (bytes < needed)
    throw new NotMeasurableError(
      `a build needs ${toMiB(needed + freeBytes)} MiB of room in the cache, and ${toMiB(free)} MiB are free: make room in ${dirname(dir)}, or use another place with --cache-dir`,
    );
  return openSizedDirectory(dir, { bytes, files: FILES });
}

const toMiB = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
