/** What a run may leave on a host, looked for the way an administrator would. */

import { readFileSync } from 'node:fs';
import { directories, list, read } from './read-quietly.ts';

/** Cgroups, state directories, mounts and processes of one run; empty when everything is gone. */
export const leftovers = (runId: string): string[] => everything().filter((one) => one.includes(runId));

function everything(): string[] {
  const found: string[] = [];
  for (const root of cgroupRoots()) found.push(...directories(root).map((name) => `cgroup ${root}/${name}`));
  found.push(
    ...list('/run/isogate')
      .filter((name) => name !== 'lock')
      .map((name) => `/run/isogate/${name}`),
    ...list('/var/lib/isogate').map((name) => `/var/lib/isogate/${name}`),
  );
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n'))
    if (/isogate/.test(line)) found.push(`mount ${line}`);
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    const argv = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    if (/\.isogate\/|\/(?:run|var\/lib)\/isogate\/|name isogate|firecracker --id /.test(argv))
      found.push(`process ${pid}: ${argv.slice(0, 120)}`);
  }
  return found;
}

function cgroupRoots(): string[] {
  const base = '/sys/fs/cgroup';
  return [`${base}/isogate`, ...list(base).map((name) => `${base}/${name}/isogate`)];
}
