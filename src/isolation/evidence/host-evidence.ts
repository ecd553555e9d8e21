/** What the host sees of a process: the side of the evidence that nothing inside can forge. */

import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { readSession } from '../../lib/process-identity.ts';

const NAMESPACES = ['pid', 'mnt', 'net', 'user', 'uts', 'ipc', 'cgroup'] as const;
const VULNERABILITIES = '/sys/devices/system/cpu/vulnerabilities';

export async function processEvidence(pid: number): Promise<Record<string, string>> {
  const facts: Record<string, string> = { pid: String(pid) };
  for (const name of NAMESPACES) {
    const link = await readlink(`/proc/${pid}/ns/${name}`).catch(() => null);
    if (link !== null) facts[`ns_${name}`] = link;
  }
  const exe = await readlink(`/proc/${pid}/exe`).catch(() => null);
  if (exe !== null) facts['exe'] = exe;
  const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  if (argv !== null) facts['argv'] = argv.split('\0').filter(Boolean).join(' ').slice(0, 4096);
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  for (const [key, field] of [
    ['uid', 'Uid'],
    ['gid', 'Gid'],
    ['seccomp', 'Seccomp'],
    ['cap_eff', 'CapEff'],
    ['cap_bnd', 'CapBnd'],
    ['no_new_privs', 'NoNewPrivs'],
    ['cpus_allowed', 'Cpus_allowed_list'],
  ] as const) {
    const value = status.match(new RegExp(`^${field}:\\s*(\\S+)`, 'm'))?.[1];
    if (value !== undefined) facts[key] = value;
  }
  const session = readSession(pid);
  if (session !== null) facts['session'] = session === readSession(process.pid) ? 'harness' : 'own';
  return facts;
}

/** Fact `root`: whether a process's root directory is this very one (an image's tree, a jail) and not a copy. */
export const rootFact =
  (directory: string, name = 'image') =>
  async (pid: number): Promise<Record<string, string>> => {
    const [seen, wanted] = await Promise.all([identifyFile(`/proc/${pid}/root/.`), identifyFile(directory)]);
    return seen === null ? {} : { root: seen === wanted ? name : 'other' };
  };

/** Device and inode; null where there is nothing. */
export const identifyFile = (path: string): Promise<string | null> =>
  stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );

export interface HostIdentity {
  bootId: string;
  kernelRelease: string;
  namespaces: Record<string, string>;
}

export async function hostIdentity(): Promise<HostIdentity> {
  const own = await processEvidence(process.pid);
  return {
    bootId: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
    kernelRelease: (await readFile('/proc/sys/kernel/osrelease', 'utf8')).trim(),
    namespaces: Object.fromEntries(NAMESPACES.map((name) => [`ns_${name}`, own[`ns_${name}`] ?? ''])),
  };
}

/** By name, as the files of the directory `vulnerabilities` say it. */
export async function hostMitigations(): Promise<Record<string, string>> {
  const names = await readdir(VULNERABILITIES).catch(() => []);
  const read = async (name: string) => [name, (await readFile(`${VULNERABILITIES}/${name}`, 'utf8')).trim()] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}
