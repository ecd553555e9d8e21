import { realpathSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { FUNCTION_DIR } from '../runtime/plan-runtime.ts';
import { listTree, type TreeEntry } from './list-tree.ts';

const MAX_BYTES = 2 * 2 ** 30;
const MAX_ENTRIES = 200_000;
const MAX_LEVELS = 128;
/** PATH_MAX (linux/limits.h) is 4096, the zero at the end included; the rest is for the directories around the tree. */
const MAX_PATH_BYTES = 3072;

/**
 * A function's tree as it goes into the image: without `.git` and `isogate-out` at any depth, without `leaveOut`, and
 * without `node_modules` where a build is to install them.
 *
 * @param options.leaveOut absolute paths, wherever they are: what the run itself writes and reads is no part of a function
 * @param options.refuse makes the error for a tree that cannot be used: a link that leads out of it, a thing that is no
 *   file, too much of it, or too deep
 */
export function listFunction(
  root: string,
  options: { withoutModules: boolean; leaveOut?: readonly string[] | undefined; refuse: (what: string) => Error },
): TreeEntry[] {
  const leftOut = new Set(['.git', 'isogate-out', ...(options.withoutModules ? ['node_modules'] : [])]);
  const places = placesBelow(root, options.leaveOut ?? []);
  let bytes = 0;
  let entries = 0;
  return listTree(root, {
    // Asked first, before the path is used for anything.
    exclude(name, path) {
      if (leftOut.has(name) || places.has(path)) return true;
      if (!tooDeep(path)) return false;
      throw options.refuse(
        `has ${path.slice(0, 60)}…, ${path.split('/').length} levels and ${Buffer.byteLength(path)} bytes deep; a function may have ${MAX_LEVELS} levels and paths of ${MAX_PATH_BYTES} bytes: make the tree flatter`,
      );
    },
    onEntry(entry) {
      entries += 1;
      bytes += entry.kind === 'file' ? entry.size : 0;
      const limits = `a function may have ${MAX_ENTRIES} files and 2 GiB: set directory to a smaller tree`;
      if (entries > MAX_ENTRIES) throw options.refuse(`has more than ${MAX_ENTRIES} files; ${limits}`);
      if (bytes > MAX_BYTES) throw options.refuse(`holds more than 2 GiB; ${limits}`);
      if (entry.kind === 'other')
        throw options.refuse(
          `has ${entry.path}, which is a socket, pipe or device: only files, directories and links can be in it`,
        );
      if (entry.kind === 'link' && !staysInside(root, entry))
        throw options.refuse(
          `has the link ${entry.path} to ${entry.target}, which leads out of it: copy what it points to`,
        );
    },
  });
}

/** Relative to `root`, by their letters and after all links: either may be how they were given. Never `root` itself. */
const placesBelow = (root: string, paths: readonly string[]): Set<string> =>
  new Set(
    paths
      .flatMap((path) => [relative(root, path), relative(realOf(root), realOf(path))])
      .filter((path) => path !== '' && path !== '..' && !path.startsWith('../../')),
  );

function realOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // Not there (yet), so nothing of it can be listed.
    return path;
  }
}

const tooDeep = (path: string): boolean =>
  path.split('/').length > MAX_LEVELS || Buffer.byteLength(path) > MAX_PATH_BYTES;

/**
 * As the function will see it, at /function. Both by the letters of the path and, where the target exists, after all
 * links: `a/..` is not where `a` stands when `a` is a link.
 */
function staysInside(root: string, link: { path: string; target: string }): boolean {
  const inImage = posix.resolve(FUNCTION_DIR, dirname(link.path), link.target);
  if (inImage !== FUNCTION_DIR && !inImage.startsWith(`${FUNCTION_DIR}/`)) return false;
  if (link.target.startsWith('/')) return true;
  try {
    // The native one: the other takes `a/..` by its letters.
    const real = realpathSync.native(join(root, link.path));
    const top = realpathSync.native(root);
    return real === top || real.startsWith(`${top}/`);
  } catch {
    // A link to nothing leads nowhere.
    return true;
  }
}
