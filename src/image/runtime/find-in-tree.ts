import { lstatSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';

/** As many links as Linux follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Where a path of a root file system leads, all links followed as they would be inside; relative to `root`. Nothing
 * outside of it is looked at. Null where it leads nowhere.
 */
function findInTree(root: string, path: string): string | null {
  let rest = posix.resolve('/', path).split('/').filter(Boolean);
  let current = '/';
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      current = posix.dirname(current);
      continue;
    }
    const next = posix.join(current, name);
    const stat = lstatSync(join(root, next), { throwIfNoEntry: false });
    if (!stat) return null;
    if (!stat.isSymbolicLink()) {
      if (rest.length > 0 && !stat.isDirectory()) return null;
      current = next;
      continue;
    }
    if (++links > MAX_LINKS) return null;
    const target = readlinkSync(join(root, next));
    // Not by the letters of the path: `a/..` is not where `a` stands when `a` is a link.
    rest = [...target.split('/').filter((word) => word !== '' && word !== '.'), ...rest];
    if (target.startsWith('/')) current = '/';
  }
  return current;
}

/** Whether a path of a root file system leads to a program. */
export function isProgramIn(root: string, path: string): boolean {
  const found = findInTree(root, path);
  if (found === null) return false;
  const stat = lstatSync(join(root, found));
  return stat.isFile() && (stat.mode & 0o111) !== 0;
}
