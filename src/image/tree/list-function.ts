import { realpathSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { FUNCTION_DIR } from './function-dir.ts';
import { listTree, type TreeEntry } from './list-tree.ts';

const MAX_BYTES = 2 * 2 ** 30;
const MAX_ENTRIES = 200_000;
const MAX_LEVELS = 128;
/** PATH_MAX (linux/limits.h) is 4096 with the zero at the end; the rest is for the directories around the tree. */
const MAX_PATH_BYTES = 3072;

/**
 * A function's tree as it goes into the image: without `.git` and `isogate-out` at any depth, without `leaveOut`, and
 * without `node_modules` where a build installs them.
 * @param options.leaveOut absolute paths of what the run itself writes and reads, which is no part of a function
 * @param options.refuse makes the error for a tree that cannot be used: with a link that leads out of it, with
 *   something other than files, directories and links, too large, or too deep
 */
export function listFunction(
  root: string,
  options: { withoutModules: boolean; leaveOut?: readonly string[] | undefined; refuse: (what: string) => Error },
): TreeEntry[] {
  const leftOut = new Set(['.git', 'isogate-out', ...(options.withoutModules ? ['node_modules'] : [])]);
  const places = listPlaces(root, options.leaveOut ?? []);
  let bytes = 0;
  let entries = 0;
  return listTree(root, {
    // This is called before the path is used for anything.
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

/**
 * The paths relative to `root`, as they are written and with links followed, because either form may be given. Never
 * `root` itself.
 */
const listPlaces = (root: string, paths: readonly string[]): Set<string> =>
  new Set(
    paths
      .flatMap((path) => [relative(root, path), relative(resolveIfThere(root), resolveIfThere(path))])
      .filter((path) => path !== '' && path !== '..' && !path.startsWith('../../')),
  );

function resolveIfThere(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // It does not exist (yet), so nothing of it can be listed.
    return path;
  }
}

const tooDeep = (path: string): boolean =>
  path.split('/').length > MAX_LEVELS || Buffer.byteLength(path) > MAX_PATH_BYTES;

/**
 * Whether a link stays inside as the function sees it, at /function. Both as the path is written and, where the target
 * exists, after all links: `a/..` is not the directory of `a` when `a` is a link.
 */
function staysInside(root: string, link: { path: string; target: string }): boolean {
  const inImage = posix.resolve(FUNCTION_DIR, dirname(link.path), link.target);
  if (inImage !== FUNCTION_DIR && !inImage.startsWith(`${FUNCTION_DIR}/`)) return false;
  if (link.target.startsWith('/')) return true;
  try {
    // Only the native one follows a link before it applies `..`.
    const real = realpathSync.native(join(root, link.path));
    const top = realpathSync.native(root);
    return real === top || real.startsWith(`${top}/`);
  } catch {
    // A link to something that does not exist leads nowhere.
    return true;
  }
}
