import { realpathSync } from 'node:fs';

/** Whether a path is, after all links, below `dir`; false where it leads nowhere. */
export function isBelow(path: string, dir: string): boolean {
  try {
    // The native one follows links as the kernel does; the other takes `a/..` by its letters.
    return realpathSync.native(path).startsWith(`${realpathSync.native(dir)}/`);
  } catch {
    return false;
  }
}
