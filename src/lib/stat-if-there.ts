import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';

/**
 * What a path leads to; null where that is nothing, or where the file system takes no such path: a name may be too long,
 * have a zero in it, or lead round in a circle of links.
 */
export const statIfThere = (path: string): Stats | null => orNull(() => statSync(path, { throwIfNoEntry: false }));

/** The same of the path itself, whatever it is a link to. */
export const lstatIfThere = (path: string): Stats | null => orNull(() => lstatSync(path, { throwIfNoEntry: false }));

/** Its path without symbolic links. */
export const realIfThere = (path: string): string | null => orNull(() => realpathSync.native(path));

function orNull<T>(ask: () => T | undefined): T | null {
  try {
    return ask() ?? null;
  } catch {
    return null;
  }
}
