/** Removes what the runs of dead owners left: containers, processes, cgroups, sockets, files. */

import { CGROUP_ROOT, destroyCgroups } from '../../host/cgroup.ts';
import { forgetRun, idleMs, listRuns, ownerLives } from '../../host/run-registry.ts';
import { runSlicePath } from '../engine/engine-args.ts';
import { emptyEngines, removeStores, type Silent } from './engine-sweep.ts';

export interface Swept {
  /** Runs that were cleaned up. */
  removed: string[];
  /** Runs whose owner is alive; left alone. */
  alive: string[];
  /** What an engine that does not answer still has, a line for each dead run; it is asked again at the next sweep. */
  pending: string[];
}

/** An engine that has not answered for so long after the run's last change never will, such as a daemon of a test. */
const GIVE_UP_MS = 7 * 24 * 3600e3;

/** Never touches a run whose owner lives. @throws Error when something of a dead run will not go away */
export async function sweep(log: (line: string) => void): Promise<Swept> {
  const swept: Swept = { removed: [], alive: [], pending: [] };
  // One engine may have been used by many runs: one that hangs is waited for once.
  const silent: Silent = new Map();
  for (const runId of await listRuns()) {
    if (await ownerLives(runId)) {
      swept.alive.push(runId);
      continue;
    }
    const aged = (await idleMs(runId)) > GIVE_UP_MS;
    const pending = await removeRun(runId, silent);
    if (pending !== null && !aged) {
      log(pending);
      swept.pending.push(pending);
      continue;
    }
    if (pending === null) log(`cleaning up after run ${runId}, whose owner is gone`);
    else {
      log(`${pending}; not asked again after a week: remove them by hand if it ever answers`);
      await forgetRun(runId);
    }
    swept.removed.push(runId);
  }
  return swept;
}

/**
 * Also used at the end of a run for whatever an instance's own stop could not remove. Resolves with what an engine that
 * does not answer still has, in one line: the run stays known then, and is asked for at each sweep, until a week has passed.
 */
export async function removeRun(runId: string, silent: Silent = new Map()): Promise<string | null> {
  const pending = await emptyEngines(runId, silent);
  await destroyCgroups(`${CGROUP_ROOT}/${runId}`);
  await destroyCgroups(runSlicePath(runId));
  await removeStores(runId);
  if (pending === null) await forgetRun(runId);
  return pending === null ? null : `${pending}; isogate clean removes them when it answers`;
}
