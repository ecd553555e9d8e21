import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BadInputError } from '../model/errors.ts';

const ERRORS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'a directory, not a file',
  ELOOP: 'too many symbolic links',
};

/** Why a file cannot be used, in words. */
export const fileErrorText = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  return ERRORS[code] ?? (code === '' ? String(error) : `cannot be read (${code})`);
};

const readAll = (descriptor: number, size: number): string => {
  // One byte over what stat said, so that a file that grows meanwhile is seen as too large.
  const buffer = Buffer.alloc(size + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(descriptor, buffer, filled, buffer.length - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return buffer.toString('utf8', 0, filled);
};

/** A regular file of at most `maxBytes`, as text. @throws BadInputError */
export const readBounded = (path: string, maxBytes: number, place: string): string => {
  let descriptor: number;
  try {
    // A named pipe would block an open for reading until somebody writes.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new BadInputError(`${place}: ${fileErrorText(error)}`, { cause: error });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new BadInputError(`${place}: not a regular file`);
    if (stat.size > maxBytes) {
      throw new BadInputError(`${place}: ${stat.size} bytes; accepted: at most ${maxBytes}`);
    }
    return readAll(descriptor, stat.size);
  } finally {
    closeSync(descriptor);
  }
};
