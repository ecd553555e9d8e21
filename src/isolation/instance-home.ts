/** The directory and the cgroup that one instance lives in; they come and go together. */

import { chownSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { StartContext } from '../types.ts';
import { type Cgroup, createCgroup } from './cgroup.ts';

export interface InstanceHome {
  cgroup: Cgroup;
  /** Everything inside is killed and removed; may be called twice. */
  remove(): Promise<void>;
}

/**
 * Opens a home and starts an instance in it; when the start fails, at whatever point, the home is gone again.
 * @param owner of the directory; root where it is left out
 */
export async function startAtHome<T>(
  context: StartContext,
  limits: { memoryBytes: number; owner?: number },
  start: (home: InstanceHome) => Promise<T>,
): Promise<T> {
  mkdirSync(context.instanceDir, { recursive: true, mode: 0o700 });
  if (limits.owner !== undefined) chownSync(context.instanceDir, limits.owner, limits.owner);
  const cgroup = createCgroup(context.runId, context.instanceId, {
    cpuset: context.cpuset,
    memoryBytes: limits.memoryBytes,
  });
  const home: InstanceHome = {
    cgroup,
    async remove() {
      await cgroup.destroy();
      await rm(context.instanceDir, { recursive: true, force: true });
    },
  };
  try {
    return await start(home);
  } catch (error) {
    await home.remove();
    throw error;
  }
}
