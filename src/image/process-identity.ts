import { readFileSync } from 'node:fs';

/** Survives the reuse of process ids: boot id, process id and the process's start time in clock ticks. */
export const ownIdentity = (): string => `${bootId()}-${process.pid}-${startTime(process.pid)}`;

/** What `ownIdentity` gives: an engine's labels are anybody's to write, an image's author's for one. */
export const isIdentity = (text: string): boolean => /^[0-9a-f]{32}-\d+-\d+$/.test(text);

/** Whether the process that `ownIdentity` named is gone; a malformed identity has nobody behind it. */
export function isGone(identity: string): boolean {
  const match = /^([0-9a-f]{32})-(\d+)-(\d+)$/.exec(identity);
  return match === null || match[1] !== bootId() || startTime(Number(match[2])) !== match[3];
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');

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
