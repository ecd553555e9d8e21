/** What the host sees of a VMM that talks to KVM by itself: Firecracker, Cloud Hypervisor. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostIs, type Rule } from './contradictions.ts';

/**
 * `kvm_vm`: whether the process holds a virtual machine of the kernel's (an emulator does not). `filtered_threads` and
 * `unfiltered_threads`: names of its threads with a seccomp filter and without, sorted; VMMs filter thread by thread.
 */
export async function vmmEvidence(pid: number): Promise<Record<string, string>> {
  const [fds, tids] = await Promise.all([namesIn(`/proc/${pid}/fd`), namesIn(`/proc/${pid}/task`)]);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const threads = await Promise.all(tids.map((tid) => threadOf(`/proc/${pid}/task/${tid}/status`)));
  const names = (filtered: boolean): string =>
    threads
      .flatMap((thread) => (thread?.filtered === filtered ? [thread.name] : []))
      .sort()
      .join(' ');
  return {
    kvm_vm: String(links.includes('anon_inode:kvm-vm')),
    filtered_threads: names(true),
    unfiltered_threads: names(false),
  };
}

export const holdsKvmVm: Rule = hostIs('kvm_vm', 'true');

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

/** Null for one that has ended meanwhile. */
async function threadOf(statusFile: string): Promise<{ name: string; filtered: boolean } | null> {
  const status = await readFile(statusFile, 'utf8').catch(() => null);
  if (status === null) return null;
  // 2 is SECCOMP_MODE_FILTER (linux/seccomp.h).
  const filtered = status.match(/^Seccomp:\s*(\d)/m)?.[1] === '2';
  return { name: status.match(/^Name:\s*(.+)$/m)?.[1] ?? '?', filtered };
}
