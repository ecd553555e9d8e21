import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { readHostCgroup } from './host-cgroup.ts';
import { isGone, ownIdentity } from './process-identity.ts';

const ROOT = '/sys/fs/cgroup';
const NAME = /^isogate-build-([0-9a-f]{32}-\d+-\d+)-[0-9a-f]+$/;

export interface BuildCgroup {
  /** What a process joins the group by. */
  procsFile: string;
  /** Whether something in it was killed for want of memory. */
  ranOut: () => boolean;
  /** When all in it have ended. */
  close: () => void;
}

/** A group with a limit on memory for one build; null, with a line in the log, where this machine lets us make none. */
export function openBuildCgroup(memoryBytes: number, log: (line: string) => void): BuildCgroup | null {
  const { version, swap } = readHostCgroup();
  const parent = version === 'v1' ? join(ROOT, 'memory') : ROOT;
  removeDead(parent);
  const dir = join(parent, `isogate-build-${ownIdentity()}-${randomBytes(4).toString('hex')}`);
  try {
    if (version === 'v2') writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory');
    mkdirSync(dir);
    for (const [name, value] of limits(version, swap, memoryBytes)) writeFileSync(join(dir, name), value);
  } catch (error) {
    removeQuietly(dir);
    log(`builds have no limit on memory here: ${messageOf(error)}`);
    return null;
  }
  const events = version === 'v1' ? 'memory.oom_control' : 'memory.events';
  return {
    procsFile: join(dir, 'cgroup.procs'),
    ranOut: () => /^oom_kill [1-9]/m.test(readFileSync(join(dir, events), 'utf8')),
    close: () => removeQuietly(dir),
  };
}

function limits(version: 'v1' | 'v2', swap: boolean, bytes: number): [string, string][] {
  const value = String(bytes);
  if (version === 'v1')
    return [
      ['memory.limit_in_bytes', value],
      ...(swap ? [['memory.memsw.limit_in_bytes', value] as [string, string]] : []),
    ];
  return [['memory.max', value], ...(swap ? [['memory.swap.max', '0'] as [string, string]] : [])];
}

/** Of builders that were killed: what was in it died with them (build-command.ts). */
function removeDead(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && isGone(owner)) removeQuietly(join(parent, name));
  }
}

/** One that is not empty yet, the next build removes. */
function removeQuietly(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Not there, or something in it is still dying.
  }
}
