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
