import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, ownIdentity } from './process-identity.ts';
import { tryRemoveTree } from './remove-tree.ts';

/** What a name in the cache begins with while this process is still filling what it names. */
export const unfinishedPrefix = (): string => `.partial-${ownIdentity()}-`;

/** Removes what processes that were killed left in a directory of the cache, and nothing that a living one has begun. */
export async function removeLeftovers(kindDir: string, log: (line: string) => void): Promise<number> {
  let removed = 0;
  for (const name of await readdir(kindDir).catch(() => [])) {
    const owner = /^\.partial-([0-9a-f]{32}-\d+-\d+)-/.exec(name)?.[1];
    if (owner === undefined || !isGone(owner)) continue;
    if (await tryRemoveTree(join(kindDir, name), log)) removed += 1;
  }
  return removed;
}
