import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CgroupVersion, readHostCgroup } from '../../host/cgroup.ts';
import { isGoneHere, ownIdentity } from '../../lib/process-identity.ts';
import { messageOf } from '../../model/errors.ts';

const ROOT = '/sys/fs/cgroup';
const NAME = /^isogate-build-([0-9a-f]{32}-\d+-\d+)-[0-9a-f]+$/;
const DYING_MS = 5_000;

/** A name by which others can tell which process owns the group. */
export const nameBuildCgroup = (): string => `isogate-build-${ownIdentity()}-${randomBytes(4).toString('hex')}`;

/** Whether the group belongs to a builder of this machine that is dead. */
export const isDeadBuildCgroup = (name: string): boolean => isGoneHere(NAME.exec(name)?.[1] ?? '');

export interface BuildCgroup {
  /** The file by which a process joins the group. */
  procsFile: string;
  /** Whether a process in it was killed for lack of memory. */
  ranOut: () => boolean;
  /** To be called when all processes in it have ended. */
  close: () => void;
}

/**
 * A group with a memory limit for one build. Null, with a line in the log, where this machine does not let us make one.
 */
export function openBuildCgroup(memoryBytes: number, log: (line: string) => void): BuildCgroup | null {
  const { version, swap } = readHostCgroup();
  const parent = version === 'v2' ? ROOT : join(ROOT, 'memory');
  removeDeadBuildCgroups();
  const dir = join(parent, nameBuildCgroup());
  try {
    if (version === 'v2') writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory');
    mkdirSync(dir);
    for (const [name, value] of limits(version, swap, memoryBytes)) writeFileSync(join(dir, name), value);
  } catch (error) {
    removeQuietly(dir);
    log(`builds have no limit on memory here: ${messageOf(error)}`);
    return null;
  }
  const events = version === 'v2' ? 'memory.events' : 'memory.oom_control';
  return {
    procsFile: join(dir, 'cgroup.procs'),
    ranOut: () => /^oom_kill [1-9]/m.test(readFileSync(join(dir, events), 'utf8')),
    close: () => removeQuietly(dir),
  };
}

function limits(version: CgroupVersion, swap: boolean, bytes: number): [string, string][] {
  const value = String(bytes);
  if (version !== 'v2')
    return [
      ['memory.limit_in_bytes', value],
      ...(swap ? [['memory.memsw.limit_in_bytes', value] as [string, string]] : []),
    ];
  return [['memory.max', value], ...(swap ? [['memory.swap.max', '0'] as [string, string]] : [])];
}

/**
 * Removes the groups of builders that were killed; the processes in them died with their builder (sandbox.ts).
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
export async function removeBuildCgroup(name: string): Promise<void> {
  const left = () => {
    for (const parent of parents()) removeQuietly(join(parent, name));
    return parents().some((parent) => existsSync(join(parent, name)));
  };
  const untilMs = performance.now() + DYING_MS;
  while (left() && performance.now() < untilMs) await sleep(20);
}

/** The roots of all hierarchies: with v1 each controller has one of its own. */
const parents = (): string[] => [ROOT, ...namesIn(ROOT).map((name) => join(ROOT, name))];

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
