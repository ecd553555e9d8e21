import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareDirectory } from './prepare-directory.ts';
import { removeLeftovers, removeTree, unfinishedPrefix } from './remove-tree.ts';

/** A directory for one run's repositories and downloads. The next run removes it where this one was killed. */
export interface ScratchDirectory {
  /** @throws BadInputError where the cache cannot be written */
  path(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * The directory lies in the cache, under a name by which leftovers of dead runs are known there. It is made only when
 * its path is first asked for, so that a run that is refused leaves nothing behind.
 */
export function openScratchDirectory(cacheDir: string, log: (line: string) => void): ScratchDirectory {
  let made: Promise<string> | null = null;
  const make = async (): Promise<string> => {
    const parent = join(cacheDir, 'git');
    await prepareDirectory('--cache-dir', cacheDir);
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeLeftovers(parent, log);
    return mkdtemp(join(parent, unfinishedPrefix()));
  };
  return {
    path() {
      made ??= make();
      return made;
    },
    async remove() {
      const path = await made?.catch(() => null);
      if (path) await removeTree(path);
    },
  };
}
