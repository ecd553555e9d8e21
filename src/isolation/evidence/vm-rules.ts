/** What holds of every guest, whichever VMM it runs under. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { weakerMitigations } from '../../host/mitigations.ts';
import { guestHasMemory, hostIs, type Rule } from './contradictions.ts';
import { hostMitigations } from './host-evidence.ts';

const NONE = 'none';

/** Fact `weaker_mitigations`: names, or `none`; absent when the guest says nothing. */
export async function mitigationsFact(guest: Record<string, string>): Promise<Record<string, string>> {
  const weaker = weakerMitigations(guest['mitigations'], await hostMitigations());
  return weaker === null ? {} : { weaker_mitigations: weaker.join(' ') || NONE };
}

/** An emulated CPU has other vulnerabilities than the host's: there the fact is recorded and nothing follows from it. */
export const vmRules = (guestBytes: number, emulated: boolean): Rule[] => [
  guestHasMemory(guestBytes),
  ...(emulated ? [] : [hostIs('weaker_mitigations', NONE)]),
];

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
