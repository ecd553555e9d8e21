import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { isInside } from '../../config/workspace.ts';
import { realIfThere } from '../../lib/stat-if-there.ts';
import type { FileChoice } from './choose-files.ts';
import { type HoistedPackages, includes } from './find-packages.ts';
import { FUNCTION_DIR } from './function-dir.ts';
import { listTree, type TreeEntry } from './list-tree.ts';

const MAX_BYTES = 2 * 2 ** 30;
const MAX_ENTRIES = 200_000;
const MAX_LEVELS = 128;
/** PATH_MAX (linux/limits.h) is 4096 with the zero at the end; the rest is for the directories around the tree. */
const MAX_PATH_BYTES = 3072;

export interface ListOptions {
  /** What the configuration leaves out or brings back, and whether this is a checkout or what a build has left. */
  choice: FileChoice;
  withoutModules: boolean;
  /** Real path of the checkout: a package may be linked from elsewhere in it. Null where that is not known. */
  boundary?: string | null | undefined;
  /** Where the tree is more than the function's directory: what goes into the image, and what does not. */
  hoisted?: HoistedPackages | null | undefined;
  /** Absolute paths of what the run itself writes and reads, which is no part of a function. */
  leaveOut?: readonly string[] | undefined;
  /**
   * Makes the error for a tree that cannot be used: with a link that leads out of it, with something other than files,
   * directories and links, too large, or too deep.
   */
  refuse: (what: string) => Error;
  /** Called with each path that is left out; not with what lies below it. */
  onLeftOut?: (path: string) => void;
}

/**
 * A function's tree as it goes into the image: without what `choice` and `leaveOut` name, without `node_modules` where a
 * build installs them, and without the links by which a virtual environment of Python finds the machine's interpreter.
 */
export function listFunction(root: string, options: ListOptions): TreeEntry[] {
  const places = listPlaces(root, options.leaveOut ?? []);
  const { hoisted } = options;
  const isIncluded = hoisted ? includes(hoisted) : () => true;
  // Patterns are relative to the function's directory.
  const own = hoisted ? `${hoisted.at}/` : '';
  const inOwn = (path: string): string => (path.startsWith(own) ? path.slice(own.length) : path);
  const total = { bytes: 0, entries: 0 };
  const leave = (path: string): true => {
    options.onLeftOut?.(path);
    return true;
  };
  return listTree(root, {
    // This is called before the path is used for anything.
    exclude(name, path, isDirectory) {
      if (places.has(path) || (options.withoutModules && name === 'node_modules')) return true;
      if (!isIncluded(path, isDirectory)) return true;
      if (options.choice.leavesOut(inOwn(path), isDirectory)) return leave(path);
      if (!tooDeep(path)) return false;
      throw options.refuse(
        `has ${path.slice(0, 60)}…, ${path.split('/').length} levels and ${Buffer.byteLength(path)} bytes deep; a function may have ${MAX_LEVELS} levels and paths of ${MAX_PATH_BYTES} bytes: make the tree flatter`,
      );
    },
    onEntry(entry) {
      if (entry.kind === 'link' && !staysInside(root, entry)) {
        if (isInterpreterLink(root, entry) || isUnusedPackage(root, entry, options.boundary ?? null))
          return !leave(entry.path);
      }
      checkEntry(root, entry, total, options.refuse);
      return true;
    },
  });
}

const HOW_TO_LEAVE_OUT = 'name it in exclude to leave it out';

function checkEntry(
  root: string,
  entry: TreeEntry,
  total: { bytes: number; entries: number },
  refuse: ListOptions['refuse'],
): void {
  total.entries += 1;
  total.bytes += entry.kind === 'file' ? entry.size : 0;
  const limits = `a function may have ${MAX_ENTRIES} files and 2 GiB: set directory to a smaller tree, or name what it does not need in exclude`;
  if (total.entries > MAX_ENTRIES) throw refuse(`has more than ${MAX_ENTRIES} files; ${limits}`);
  if (total.bytes > MAX_BYTES) throw refuse(`holds more than 2 GiB; ${limits}`);
  if (entry.kind === 'other')
    throw refuse(
      `has ${entry.path}, which is a socket, pipe or device: only files, directories and links can be in it; ${HOW_TO_LEAVE_OUT}`,
    );
  if (entry.kind === 'link' && !staysInside(root, entry))
    throw refuse(
      `has the link ${entry.path} to ${entry.target}, which leads out of it: copy what it points to, or ${HOW_TO_LEAVE_OUT}`,
    );
}

/** A link to a package elsewhere in the checkout: had the function needed it, the tree would include it (pnpm). */
function isUnusedPackage(root: string, link: { path: string; target: string }, boundary: string | null): boolean {
  if (boundary === null || link.target.startsWith('/') || !/(^|\/)node_modules\//.test(link.path)) return false;
  return isInside(boundary, resolveIfThere(join(root, link.path)));
}

/** `bin/python` and the like beside a `pyvenv.cfg` (PEP 405). The image has an interpreter of its own. */
function isInterpreterLink(root: string, link: { path: string }): boolean {
  const directory = dirname(link.path);
  return basename(directory) === 'bin' && existsSync(join(root, dirname(directory), 'pyvenv.cfg'));
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

/** Of what does not exist (yet), nothing can be listed. */
const resolveIfThere = (path: string): string => realIfThere(path) ?? path;

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
