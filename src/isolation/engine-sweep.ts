/** Removes what a run made in container engines: by its label, and nothing else. */

import { existsSync } from 'node:fs';
import { readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { RUN_LABEL } from './engine-args.ts';
import { askEngine } from './engine-command.ts';
import { type EngineRecord, recordedEngines } from './engine-record.ts';
import { findProgram } from './find-program.ts';
import { STORE_ROOT } from './run-registry.ts';

const LIST_MS = 5_000;
const REMOVE_MS = 60_000;

/** Of engines with a daemon. What could not be removed, a line each; empty when nothing of the run is left. */
export async function emptyEngines(runId: string): Promise<string[]> {
  const engines = (await recordedEngines(runId)).filter(({ directories }) => directories.length === 0);
  // At once: one that hangs is waited for, and every start sweeps.
  const problems = await Promise.all(engines.map((engine) => emptyEngine(withClient(engine), runId)));
  return problems.filter((problem) => problem !== null);
}

/** A client that is gone since is replaced by the one that is there now: the daemon is the same. */
function withClient(engine: EngineRecord): EngineRecord {
  const [client = '', ...options] = engine.command;
  return existsSync(client) ? engine : { ...engine, command: [findProgram(engine.name), ...options] };
}

async function emptyEngine(engine: EngineRecord, runId: string): Promise<string | null> {
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
    if (!listed.ok) return `containers and images of run ${runId} may be left in ${engine.name}: ${listed.problem}`;
    const ids = [...new Set(listed.stdout.split('\n').filter(Boolean))];
    if (ids.length === 0) continue;
    const removed = await askEngine(engine, [...remove, ...ids], REMOVE_MS);
    if (!removed.ok && !/no such/i.test(removed.problem))
      return `containers or images of run ${runId} are left in ${engine.name}: ${removed.problem}`;
  }
  return null;
}

/** Of engines without one: all that they had of the run lies in directories of its own. Its processes must be gone. */
export async function removeStores(runId: string): Promise<void> {
  const directories = (await recordedEngines(runId)).flatMap((engine) => engine.directories);
  // A store outlives a reboot, its record does not.
  for (const directory of new Set([...directories, join(STORE_ROOT, runId)])) await removeStore(directory);
  await rmdir(STORE_ROOT).catch(() => {});
}

async function removeStore(directory: string): Promise<void> {
  if (!isOurs(directory)) return;
  for (const mount of (await mountsBelow(directory)).reverse())
    await execa('umount', ['--lazy', mount], { reject: false, stdin: 'ignore', timeout: 10_000 });
  await rm(directory, { recursive: true, force: true });
}

/** A record is only believed as far as it names what this program makes. */
const isOurs = (directory: string): boolean =>
  dirname(directory) === STORE_ROOT || /^\/run\/isogate\/[^/]+\/[^/]+$/.test(directory);

/** In the order in which they were mounted; octal escapes stand for spaces and the like (proc_pid_mountinfo(5)). */
async function mountsBelow(directory: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path === directory || path.startsWith(`${directory}/`));
}
