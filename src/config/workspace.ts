import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** Whether `path` is `root` or lies below it; both absolute and without symbolic links. */
export const isInside = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
};

/** The directories from `directory` up that have a `.git`, innermost first. */
const gitDirectories = (directory: string): string[] => {
  const found: string[] = [];
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) found.push(at);
    if (at === dirname(at)) return found;
  }
};

/**
 * The workspace of `directory`: the git top level that contains it, or itself where there is none; real paths. Looked
 * for along the path as it is written, so that a link in a repository cannot lead into another one: `leaves` is the
 * first one that the directory leaves that way.
 */
export const findWorkspace = (directory: string, real: string): { root: string; leaves: string | null } => {
  const roots = gitDirectories(resolve(directory)).map((path) => realpathSync(path));
  return { root: roots[0] ?? real, leaves: roots.find((root) => !isInside(root, real)) ?? null };
};

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * `path` with all symbolic links resolved. What does not exist yet (a build may make it) is appended to its deepest
 * existing directory. Null where a link leads nowhere or in circles: where it will end cannot be known.
 */
export const realPath = (base: string, path: string): string | null => {
  const absolute = resolve(base, path);
  try {
    if (exists(absolute)) return realpathSync(absolute);
    const parent = dirname(absolute);
    const real = parent === absolute ? parent : realPath(parent, '.');
    return real === null ? null : join(real, basename(absolute));
  } catch {
    return null;
  }
};

/** Where relative paths of a config file start, and what they may not leave. Absolute, without symbolic links. */
export interface Place {
  /** Directory of the config file. */
  base: string;
  /** The workspace. */
  root: string;
}
