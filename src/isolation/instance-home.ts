/** The directory and the cgroup that one instance lives in; they are made and removed together. */

import { chownSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { CGROUP_ROOT, type Cgroup, createCgroup, destroyCgroups } from '../host/cgroup.ts';
import type { StartContext } from '../model/isolation.ts';

export interface InstanceHome {
  cgroup: Cgroup;
  /** Kills and removes everything inside; may be called twice. */
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
  const { runId, instanceId, instanceDir } = context;
  const remove = async (): Promise<void> => {
    await destroyCgroups(`${CGROUP_ROOT}/${runId}/${instanceId}`);
    await rm(instanceDir, { recursive: true, force: true });
  };
  try {
    mkdirSync(instanceDir, { recursive: true, mode: 0o700 });
    if (limits.owner !== undefined) chownSync(instanceDir, limits.owner, limits.owner);
    const { memoryBytes } = limits;
    const cgroup = createCgroup(runId, instanceId, { cpuset: context.cpuset, memoryBytes });
    return await start({ cgroup, remove });
  } catch (error) {
    // Even where only a part of it was made.
    await remove();
    throw error;
  }
}
