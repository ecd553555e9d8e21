import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../model/errors.ts';
import { unmountBelow } from './mounts.ts';
import { isGone, ownIdentity } from './process-identity.ts';
import { runTool } from './run-tool.ts';
import { shorten } from './text.ts';

/** Processes of a build that was killed may still write for a moment. */
const TRIES = 3;
const PAUSE_MS = 100;

/**
 * Removes a tree that somebody else may have filled. By GNU rm: Node's own fails on a tree whose paths are longer than
 * PATH_MAX, which a build makes with one loop. Nothing there is fine.
 *
 * @throws Error when something is left over
 */
export async function removeTree(path: string): Promise<void> {
  for (let left = TRIES; (await lstat(path).catch(() => null)) !== null; left--) {
    try {
      await runTool('rm', ['-rf', '--one-file-system', '--', path], { debianPackage: 'coreutils' });
      return;
    } catch (error) {
      if (left <= 1) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}

/** Removes a tree that no longer matters: a failure is a line in the log and does not end the run. */
export async function tryRemoveTree(path: string, log: (line: string) => void): Promise<boolean> {
  try {
    await removeTree(path);
    return true;
  } catch (error) {
    log(`cache: ${path} could not be removed, remove it by hand (${shorten(messageOf(error), 200)})`);
    return false;
  }
}

/** What a name in the cache begins with while this process is still filling what it names. */
export const unfinishedPrefix = (): string => `.partial-${ownIdentity()}-`;

/** Removes what processes that were killed left in a directory of the cache, and nothing that a living one has begun. */
export async function removeLeftovers(kindDir: string, log: (line: string) => void): Promise<number> {
  let removed = 0;
  for (const name of await readdir(kindDir).catch(() => [])) {
    const owner = /^\.partial-([0-9a-f]{32}-\d+-\d+)-/.exec(name)?.[1];
    if (owner === undefined || !isGone(owner)) continue;
    await unmountBelow(join(kindDir, name));
    if (await tryRemoveTree(join(kindDir, name), log)) removed += 1;
  }
  return removed;
}
