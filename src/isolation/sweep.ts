/** Removes what runs left whose owner is dead: containers, processes, cgroups, sockets, files. */

import { CGROUP_ROOT, destroyCgroups } from './cgroup.ts';
import { runSlicePath } from './engine-args.ts';
import { emptyEngines, removeStores } from './engine-sweep.ts';
import { forgetRun, listRuns, ownerLives } from './run-registry.ts';

export interface Swept {
  /** Runs that were cleaned up. */
  removed: string[];
  /** Runs whose owner is alive; left alone. */
  alive: string[];
  /** What an engine that does not answer still has of dead runs, a line each; it is asked again at the next sweep. */
  pending: string[];
}

/** Never touches a run whose owner lives. @throws Error when something of a dead run will not go away */
export async function sweep(log: (line: string) => void): Promise<Swept> {
  const swept: Swept = { removed: [], alive: [], pending: [] };
  for (const runId of await listRuns()) {
    if (await ownerLives(runId)) {
      swept.alive.push(runId);
      continue;
    }
    log(`cleaning up after run ${runId}, whose owner is gone`);
    const pending = await removeRun(runId);
    if (pending.length === 0) swept.removed.push(runId);
    for (const line of pending) log(`${line}; isogate clean removes them when it answers`);
    swept.pending.push(...pending);
  }
  return swept;
}

/**
 * Also used at the end of a run for whatever an instance's own stop could not remove. Resolves with what an engine that
 * does not answer still has: the run stays known then. Where such an engine is gone for good, so is what it had: removing
 * the run's directory below /run/isogate ends the asking.
 */
export async function removeRun(runId: string): Promise<string[]> {
  const pending = await emptyEngines(runId);
  await destroyCgroups(`${CGROUP_ROOT}/${runId}`);
  await destroyCgroups(runSlicePath(runId));
  await removeStores(runId);
  if (pending.length === 0) await forgetRun(runId);
  return pending;
}
