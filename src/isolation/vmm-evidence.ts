/** What the host sees of a VMM that talks to KVM by itself: Firecracker, Cloud Hypervisor. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostIs, type Rule } from './contradictions.ts';

/**
 * `kvm_vm`: whether the process holds a virtual machine of the kernel's (an emulator does not). `unfiltered_threads`: names
 * of its threads without a seccomp filter, sorted; VMMs filter each thread by what it has to do.
 */
export async function vmmEvidence(pid: number): Promise<Record<string, string>> {
  const [fds, tids] = await Promise.all([namesIn(`/proc/${pid}/fd`), namesIn(`/proc/${pid}/task`)]);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const unfiltered = await Promise.all(tids.map((tid) => unfilteredName(`/proc/${pid}/task/${tid}/status`)));
  return {
    kvm_vm: String(links.includes('anon_inode:kvm-vm')),
    unfiltered_threads: unfiltered.filter(Boolean).sort().join(' '),
  };
}

export const holdsKvmVm: Rule = hostIs('kvm_vm', 'true');

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

/** Empty for a thread with a filter, or one that has ended meanwhile. */
async function unfilteredName(statusFile: string): Promise<string> {
  const status = await readFile(statusFile, 'utf8').catch(() => '');
  if (status.match(/^Seccomp:\s*(\d)/m)?.[1] !== '0') return '';
  return status.match(/^Name:\s*(.+)$/m)?.[1] ?? '?';
}
