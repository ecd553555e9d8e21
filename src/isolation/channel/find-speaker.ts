/** The process that spoke on the channel, found from the host's side among those of the instance's cgroup. */

import { readFile, readlink } from 'node:fs/promises';

/**
 * By what it said of itself: its PID namespace (such links are the same wherever the kernel is) and its number in there.
 * What is found is then judged by what the host sees of it. Null when no process inside is the one that spoke.
 */
export async function findSpeaker(pids: number[], guest: Record<string, string>): Promise<number | null> {
  for (const pid of pids) {
    const namespace = await readlink(`/proc/${pid}/ns/pid`).catch(() => null);
    if (namespace === null || namespace !== guest['ns_pid']) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (innermostPid(status) === guest['pid']) return pid;
  }
  return null;
}

/** `NSpid:` lists a process's numbers from the outermost namespace to its own (proc_pid_status(5), Linux 4.1). */
const innermostPid = (status: string): string | undefined =>
  status
    .match(/^NSpid:\s*(.*)$/m)?.[1]
    ?.trim()
    .split(/\s+/)
    .at(-1);
