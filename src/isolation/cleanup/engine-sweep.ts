/** Removes what a run made in container engines, and nothing else: everything of a run carries its label. */

import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findProgram } from '../../host/find-program.ts';
import { DISK_STATE_ROOT } from '../../host/run-registry.ts';
import { unmountBelow } from '../../lib/mounts.ts';
import { oneLine, shorten } from '../../lib/text.ts';
import { RUN_LABEL } from '../engine/engine-args.ts';
import { askEngine, type EngineRecord, recordedEngines, runDirectory } from '../engine/engine-client.ts';

const LIST_MS = 5_000;
const REMOVE_MS = 60_000;
const MAX_SHOWN = 300;

/** Why an engine did not answer, by its command and environment. Whoever has this does not ask it again. */
export type Silent = Map<string, string>;

/**
 * Of engines with a daemon. Resolves with what could not be removed, in one line however many engines there are; null when
 * nothing of the run is left.
 */
export async function emptyEngines(runId: string, silent: Silent): Promise<string | null> {
  const engines = (await recordedEngines(runId)).filter(({ directories }) => directories.length === 0);
  // At once: one that hangs is waited for, and every start sweeps.
  const problems = await Promise.all(
    engines.map(async (engine) => {
      const problem = await emptyEngine(withClient(engine), runId, silent);
      return problem === null ? null : { name: engine.name, problem: shorten(oneLine(problem), MAX_SHOWN) };
    }),
  );
  const left = problems.filter((one) => one !== null);
  if (left.length === 0) return null;
  const names = [...new Set(left.map(({ name }) => name))].join(' and ');
  const why = [...new Set(left.map(({ problem }) => problem))].join('; ');
  return `containers and images of run ${runId} may be left in ${names}: ${shorten(why, MAX_SHOWN)}`;
}

/** Replaces a client that was removed since by the one that is there now: the daemon is the same. */
function withClient(engine: EngineRecord): EngineRecord {
  const [client = '', ...options] = engine.command;
  return existsSync(client) ? engine : { ...engine, command: [findProgram(engine.name) ?? engine.name, ...options] };
}

async function emptyEngine(engine: EngineRecord, runId: string, silent: Silent): Promise<string | null> {
  const key = JSON.stringify([engine.command, engine.env]);
  const known = silent.get(key);
  if (known !== undefined) return known;
  const label = ['--filter', `label=${RUN_LABEL}=${runId}`];
  for (const [list, remove] of [
    [
      ['ps', '--all', '--quiet', '--no-trunc', ...label],
      ['rm', '--force', '--volumes'],
    ],
    [
      ['images', '--all', '--quiet', '--no-trunc', ...label],
      ['rmi', '--force'],
    ],
  ] as const) {
    const listed = await askEngine(engine, [...list], LIST_MS);
    if (!listed.ok) {
      silent.set(key, listed.problem);
      return listed.problem;
    }
    const ids = [...new Set(listed.stdout.split('\n').filter(Boolean))];
    if (ids.length === 0) continue;
    const removed = await askEngine(engine, [...remove, ...ids], REMOVE_MS);
    if (!removed.ok && !/no such/i.test(removed.problem)) return removed.problem;
  }
  return null;
}

/**
 * Removes what a run left in engines without a daemon: all of it lies in directories of the run's own. The run's processes
 * must be gone.
 */
export async function removeStores(runId: string): Promise<void> {
  const directories = (await recordedEngines(runId)).flatMap((engine) => engine.directories);
  // A store outlives a reboot, its record does not.
  for (const directory of new Set([...directories, join(DISK_STATE_ROOT, runId)]))
    if (isOurs(directory, runId)) await removeStore(directory);
  await rmdir(DISK_STATE_ROOT).catch(() => {});
}

async function removeStore(directory: string): Promise<void> {
  await unmountBelow(directory);
  // What was killed may still be at its last write.
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** A record is only believed as far as it names what this program makes for that very run. */
const isOurs = (directory: string, runId: string): boolean => {
  const [disk, state] = [join(DISK_STATE_ROOT, runId), runDirectory(runId)];
  return directory === disk || ([disk, state].includes(dirname(directory)) && basename(directory) !== '..');
};
