import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** Survives the reuse of process ids: machine, process id and the process's start time in clock ticks. */
export const ownIdentity = (): string => `${machineId()}-${process.pid}-${startTime(process.pid)}`;

/** Whether the process that `ownIdentity` named is gone; a malformed identity has nobody behind it. */
export function isGone(identity: string): boolean {
  const match = /^([0-9a-f]{32})-(\d+)-(\d+)$/.exec(identity);
  return match === null || match[1] !== machineId() || startTime(Number(match[2])) !== match[3];
}

/**
 * The same, but only of a process that would be seen here if it lived: for what other machines may have a part in, as an
 * engine is, where anybody may write labels (an image's author for one).
 */
export const isGoneHere = (identity: string): boolean => identity.startsWith(`${machineId()}-`) && isGone(identity);

/** Where a process id names one process: a boot of a machine, and a process namespace in it (pid_namespaces(7)). */
export const machineId = (): string =>
  createHash('sha256')
    .update(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    .update(readlinkSync('/proc/self/ns/pid'))
    .digest('hex')
    .slice(0, 32);

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)); the second field may hold spaces and brackets. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Dead, and only not yet reaped by its parent.
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
