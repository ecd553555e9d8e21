/** Removes what runs left whose owner is dead: containers, processes, cgroups, sockets, files. */

import { CGROUP_ROOT, destroyCgroups } from './cgroup.ts';
import { forgetRun, listRuns, ownerLives } from './run-registry.ts';

export interface Swept {
  /** Runs that were cleaned up. */
  removed: string[];
  /** Runs whose owner is alive; left alone. */
  alive: string[];
}

/** Never touches a run whose owner lives. @throws Error when something of a dead run will not go away */
export async function sweep(log: (line: string) => void): Promise<Swept> {
  const swept: Swept = { removed: [], alive: [] };
  for (const runId of await listRuns()) {
    if (await ownerLives(runId)) {
      swept.alive.push(runId);
      continue;
    }
    log(`cleaning up after run ${runId}, whose owner is gone`);
    await removeRun(runId);
    swept.removed.push(runId);
  }
  return swept;
}

/** Also used at the end of a run for whatever an instance's own stop could not remove. */
export async function removeRun(runId: string): Promise<void> {
  await destroyCgroups(`${CGROUP_ROOT}/${runId}`);
  await forgetRun(runId);
}
