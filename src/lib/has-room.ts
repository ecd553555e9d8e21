import { statfsSync } from 'node:fs';

/** A build of ordinary size fits into this. */
const ROOM_BYTES = 512 * 2 ** 20;
const ROOM_FILES = 20_000;

/** Whether what fails at a path may fail for other reasons than a full disk. */
export function hasRoom(path: string): boolean {
  const { bavail, bsize, ffree, files } = statfsSync(path);
  // File systems without a fixed number of files say 0.
  return bavail * bsize >= ROOM_BYTES && (files === 0 || ffree >= ROOM_FILES);
}

/** Whether a call of the file system failed because the disk, or what may be used of it, is full. */
export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
