/** Flow part: a directory for one run's git work, which is swept after a run that was killed. */

import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { ownIdentity } from './image/process-identity.ts';
import { removeLeftovers } from './image/remove-leftovers.ts';
import { removeTree } from './image/remove-tree.ts';

export interface OwnDirectory {
  path: string;
  remove(): Promise<void>;
}

/** In the cache, under the name by which leftovers of dead runs are known there. */
export async function ownDirectory(cacheDir: string, log: (line: string) => void): Promise<OwnDirectory> {
  const parent = join(cacheDir, 'git');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await removeLeftovers(parent, log);
  const path = await mkdtemp(join(parent, `.partial-${ownIdentity()}-`));
  return { path, remove: () => removeTree(path) };
}
