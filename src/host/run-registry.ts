/** The runs that are registered on this host, and whether their owners live. The sweep decides by this. */

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat as statFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { identifyProcess, mayLive } from '../lib/process-identity.ts';
import { CGROUP_ROOT, cgroupHierarchies } from './cgroup.ts';

/** On a tmpfs, so that a reboot clears it; short, because socket paths below it must fit 107 bytes. */
export const STATE_ROOT = '/run/isogate';

/**
 * A directory for each run, for files that need device nodes or programs, or are too large for memory; also for the stores
 * of container engines without a daemon.
 */
export const DISK_STATE_ROOT = '/var/lib/isogate';

/**
 * A run's directory there, which users of VMMs may pass through but not list. Podman would make both directories for root
 * alone.
 */
export function openDiskState(runId: string): string {
  const directory = join(DISK_STATE_ROOT, runId);
  for (const path of [DISK_STATE_ROOT, directory]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o711);
  }
  return directory;
}

/** Prefix of a directory that is still being made. Its maker is taken for dead when it is older than BIRTH_MS. */
export const NASCENT = '.';
const BIRTH_MS = 10_000;

const Owner = v.object({
  pid: v.number(),
  startTime: v.string(),
  bootId: v.string(),
  /** Not written by releases before 1.0. */
  pidNamespace: v.exactOptional(v.string()),
});

export interface Run {
  runId: string;
  directory: string;
  /** Removes the run's own directory and cgroup parents; its instances must be stopped. */
  release(): Promise<void>;
}

export async function registerRun(): Promise<Run> {
  const runId = `${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}-${randomBytes(3).toString('hex')}`;
  const directory = join(STATE_ROOT, runId);
  await mkdir(STATE_ROOT, { recursive: true, mode: 0o755 });
  // The directory appears with its owner inside; without one, a sweep at this moment would remove it.
  const nascent = join(STATE_ROOT, `${NASCENT}${runId}`);
  await mkdir(nascent, { mode: 0o711 });
  await writeFile(join(nascent, 'owner.json'), JSON.stringify(identifyProcess(process.pid)));
  await rename(nascent, directory);
  return { runId, directory, release: () => forgetRun(runId) };
}

export async function forgetRun(runId: string): Promise<void> {
  // Last goes the directory that names the run's owner, so that an interrupted removal is taken up again.
  await rm(join(DISK_STATE_ROOT, runId), { recursive: true, force: true });
  await rmdirQuietly(DISK_STATE_ROOT);
  await rm(join(STATE_ROOT, runId), { recursive: true, force: true });
  for (const parent of await cgroupParents()) {
    await rmdirQuietly(join(parent, runId));
    // Goes only when no other run is inside.
    await rmdirQuietly(parent);
  }
}

const cgroupParents = async (): Promise<string[]> => (await cgroupHierarchies()).map((root) => join(root, CGROUP_ROOT));

/** Runs known by a directory of theirs or by a cgroup that outlived it. */
export async function listRuns(): Promise<string[]> {
  const names = new Set<string>();
  for (const directory of [STATE_ROOT, DISK_STATE_ROOT, ...(await cgroupParents())]) {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) names.add(entry.name);
  }
  return [...names].sort();
}

/** A run whose owner cannot be read has none, unless it is being registered at this moment. */
export async function ownerLives(runId: string): Promise<boolean> {
  const text = await readFile(join(STATE_ROOT, runId, 'owner.json'), 'utf8').catch(() => null);
  if (text === null) return runId.startsWith(NASCENT) && (await ageMs(join(STATE_ROOT, runId))) < BIRTH_MS;
  const owner = v.safeParse(v.pipe(v.string(), v.parseJson(), Owner), text);
  return owner.success && mayLive(owner.output);
}

/** Since something was last made or removed in the run's directory. */
export const idleMs = (runId: string): Promise<number> => ageMs(join(STATE_ROOT, runId));

const ageMs = async (path: string): Promise<number> =>
  Date.now() -
  (await statFile(path).then(
    (found) => found.mtimeMs,
    () => 0,
  ));

/** Removes a directory if it is empty. */
async function rmdirQuietly(path: string): Promise<void> {
  await rmdir(path).catch(() => {});
}
