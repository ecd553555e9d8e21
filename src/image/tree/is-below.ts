import { realpathSync } from 'node:fs';

/** Whether a path is, after all links, below `dir`; false where it leads nowhere. */
export function isBelow(path: string, dir: string): boolean {
  try {
    // Only the native one follows a link before it applies `..`, as the kernel does.
    return realpathSync.native(path).startsWith(`${realpathSync.native(dir)}/`);
  } catch {
    return false;
  }
}
