import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CGROUP_MOUNT, killQuietly, readHostCgroup } from '../../host/cgroup.ts';
import { isGoneHere, ownIdentity } from '../../lib/process-identity.ts';
import { messageOf, NotMeasurableError } from '../../model/errors.ts';
import type { Limits } from './limits.ts';

const NAME = /^isogate-build-([0-9a-f]{32}-\d+-\d+)-[0-9a-f]+$/;
const DYING_MS = 5_000;

/** A name by which others can tell which process owns the group. */
export const nameBuildCgroup = (): string => `isogate-build-${ownIdentity()}-${randomBytes(4).toString('hex')}`;

/** Whether the group belongs to a process of this machine that is dead. */
export const isDeadBuildCgroup = (name: string): boolean => isGoneHere(NAME.exec(name)?.[1] ?? '');

export interface ConfinedCgroup {
  /** The files by which a process joins the group. */
  procsFiles: string[];
  /** Whether a process in it was killed for lack of memory. */
  ranOut: () => boolean;
  /** Ends what is left in it, and removes it. */
  close: () => Promise<void>;
}

/** @throws NotMeasurableError where this machine does not let us make one: nothing runs without a limit */
export function openConfinedCgroup({
  memoryBytes,
  processes,
}: Pick<Limits, 'memoryBytes' | 'processes'>): ConfinedCgroup {
  removeDeadBuildCgroups();
  const { version, swap } = readHostCgroup();
  const name = nameBuildCgroup();
  const plan = version === 'v2' ? planV2(name, swap) : planV1(name, swap);
  const { directories } = plan;
  try {
    if (version === 'none') throw new Error('no hierarchy with memory and pids controllers is mounted');
    if (version === 'v2') writeFileSync(join(CGROUP_MOUNT, 'cgroup.subtree_control'), '+memory +pids');
    for (const dir of directories) mkdirSync(dir);
    for (const [file, value] of plan.limits(String(memoryBytes), String(processes))) writeFileSync(file, value);
  } catch (error) {
    directories.forEach(removeQuietly);
    throw new NotMeasurableError(
      `builds and tools cannot be limited in memory and processes here (${messageOf(error)}): run where cgroups can be made`,
    );
  }
  return {
    procsFiles: plan.procsFiles,
    ranOut: () => /^oom_kill [1-9]/m.test(readFileSync(plan.events, 'utf8')),
    close: () => emptyAndRemove(directories),
  };
}

interface Plan {
  directories: string[];
  procsFiles: string[];
  events: string;
  limits: (memory: string, processes: string) => [file: string, value: string][];
}

function planV2(name: string, swap: boolean): Plan {
  const dir = join(CGROUP_MOUNT, name);
  return {
    directories: [dir],
    procsFiles: [join(dir, 'cgroup.procs')],
    events: join(dir, 'memory.events'),
    limits: (memory, processes) => [
      [join(dir, 'memory.max'), memory],
      ...(swap ? [[join(dir, 'memory.swap.max'), '0'] as [string, string]] : []),
      [join(dir, 'pids.max'), processes],
    ],
  };
}

function planV1(name: string, swap: boolean): Plan {
  const memoryDir = join(CGROUP_MOUNT, 'memory', name);
  const pidsDir = join(CGROUP_MOUNT, 'pids', name);
  return {
    directories: [memoryDir, pidsDir],
    procsFiles: [join(memoryDir, 'cgroup.procs'), join(pidsDir, 'cgroup.procs')],
    events: join(memoryDir, 'memory.oom_control'),
    limits: (memory, processes) => [
      [join(memoryDir, 'memory.limit_in_bytes'), memory],
      ...(swap ? [[join(memoryDir, 'memory.memsw.limit_in_bytes'), memory] as [string, string]] : []),
      [join(pidsDir, 'pids.max'), processes],
    ],
  };
}

/**
 * Removes the groups of processes that were killed; what ran in them died with its parent.
 * @returns how many
 */
export function removeDeadBuildCgroups(): number {
  const dead = parents().flatMap((parent) =>
    namesIn(parent)
      .filter(isDeadBuildCgroup)
      .map((name) => join(parent, name)),
  );
  for (const dir of dead) removeQuietly(dir);
  return dead.filter((dir) => !existsSync(dir)).length;
}

/** Removes a group that an engine has made, in every hierarchy, as soon as the processes in it are dead. */
export const removeBuildCgroup = (name: string): Promise<void> =>
  removeAll(parents().map((parent) => join(parent, name)));

/** What was killed may still be dying; what has left its parent is killed here. */
async function emptyAndRemove(directories: string[]): Promise<void> {
  for (const dir of directories) for (const pid of pidsIn(dir)) killQuietly(pid);
  await removeAll(directories);
}

async function removeAll(directories: string[]): Promise<void> {
  const untilMs = performance.now() + DYING_MS;
  for (;;) {
    directories.forEach(removeQuietly);
    if (!directories.some((dir) => existsSync(dir)) || performance.now() > untilMs) return;
    await sleep(5);
  }
}

function pidsIn(dir: string): number[] {
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The roots of all hierarchies: with v1 each controller has one of its own. */
const parents = (): string[] => [CGROUP_MOUNT, ...namesIn(CGROUP_MOUNT).map((name) => join(CGROUP_MOUNT, name))];

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** A group that is not empty yet is removed by the next build. */
function removeQuietly(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Not there, or something in it is still dying.
  }
}
