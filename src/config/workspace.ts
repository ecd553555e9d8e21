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
 * The workspace of `directory`: the git top level that contains it, or the directory itself where there is none; real
 * paths. It is looked for along the path as it is written, so that a link in a repository cannot lead into another
 * repository. `leaves` is the first repository that the directory leaves by such a link.
 */
export const findWorkspace = (directory: string, real: string): { root: string; leaves: string | null } => {
  const roots = gitDirectories(resolve(directory)).map((path) => realpathSync(path));
  return { root: roots[0] ?? real, leaves: roots.find((root) => !isInside(root, real)) ?? null };
};

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * `path` with all symbolic links resolved. Parts that do not exist yet (a build may make them) are appended to the
 * deepest directory that exists. Null where a link leads nowhere or in circles, because then nobody knows where it will
 * end.
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

/** How the paths of a config file are resolved. Directories are absolute and without symbolic links. */
export interface ConfigPaths {
  /** Directory of the config file, where relative paths start. */
  directory: string;
  /** What paths may not leave. */
  workspace: string;
  /** Other places that a kernel or a root filesystem may have all the same; asked for only where one lies outside. */
  allowed: () => string[];
}
