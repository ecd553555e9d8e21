import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
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

/**
 * A regular file of at most `maxBytes`, as text.
 * @param name what error messages call it
 * @param options.flags of open(2), besides those for reading
 * @param options.accept whether the file that was opened may be read; by default every regular file
 * @throws BadInputError
 */
export const readBounded = (
  path: string,
  maxBytes: number,
  name: string,
  options: { flags?: number; accept?: (stat: Stats) => boolean } = {},
): string => {
  let descriptor: number;
  try {
    // A named pipe would block an open for reading until somebody writes.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (options.flags ?? 0));
  } catch (error) {
    throw new BadInputError(`${name}: ${fileErrorText(error)}`, { cause: error });
  }
  try {
    // What is checked is what is read, whatever the path leads to by then.
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new BadInputError(`${name}: not a regular file`);
    if (options.accept?.(stat) === false) throw new BadInputError(`${name}: not accepted`);
    if (stat.size > maxBytes) throw new BadInputError(`${name}: ${stat.size} bytes; accepted: at most ${maxBytes}`);
    return readAll(descriptor, stat.size);
  } finally {
    closeSync(descriptor);
  }
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
