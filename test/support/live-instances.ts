/** Which isolations a run has alive at this moment, seen from outside. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { IsolationType } from '../../src/model/isolation-types.ts';

/** For the function `agent null` of a test project. */
export function liveInstances(runId: string): Set<IsolationType> {
  const found = new Set<IsolationType>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      if (!cgroup.includes(`/isogate/${runId}/`)) continue;
      const type = typeOf(readlinkSync(`/proc/${pid}/exe`), readFileSync(`/proc/${pid}/cmdline`, 'utf8'), cgroup);
      if (type) found.add(type);
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

function typeOf(exe: string, argv: string, cgroup: string): IsolationType | null {
  if (/\/qemu-system-x86_64$/.test(exe)) return 'qemu-microvm';
  if (argv.startsWith('runsc-sandbox')) return 'gvisor';
  if (!argv.endsWith('/agent\0null\0')) return null;
  return /\/container$/m.test(cgroup) ? 'runc' : 'native';
}

/** The id under which this process has registered its run. */
export function runOf(pid: number): string {
  const runs = readdirSync('/run/isogate').filter((name) => {
    try {
      return JSON.parse(readFileSync(`/run/isogate/${name}/owner.json`, 'utf8')).pid === pid;
    } catch {
      return false;
    }
  });
  if (runs[0] === undefined) throw new Error(`process ${pid} has no run`);
  return runs[0];
}

/** A process and all that it started, by /proc/PID/task/TID/children. */
export function descendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(descendants)];
}
