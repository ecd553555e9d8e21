/** Flow part: a directory for one run's git work, which is swept after a run that was killed. */

import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import { ownIdentity } from '../lib/process-identity.ts';
import { removeLeftovers } from '../lib/remove-leftovers.ts';
import { removeTree } from '../lib/remove-tree.ts';

export interface OwnDirectory {
  /** @throws BadInputError where the cache cannot be written */
  path(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * In the cache, under the name by which leftovers of dead runs are known there; made when it is first asked for, since what is
 * refused leaves nothing.
 */
export function ownDirectory(cacheDir: string, log: (line: string) => void): OwnDirectory {
  let made: Promise<string> | null = null;
  const make = async (): Promise<string> => {
    const parent = join(cacheDir, 'git');
    await prepareDirectory('--cache-dir', cacheDir);
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeLeftovers(parent, log);
    return mkdtemp(join(parent, `.partial-${ownIdentity()}-`));
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
