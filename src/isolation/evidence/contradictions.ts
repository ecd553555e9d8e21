/** The rules that an instance's evidence must keep (docs/reference/evidence.md lists them), and its contradictions. */

import { parseCpuList } from '../../host/cpus.ts';
import type { Evidence } from '../../model/isolation.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import type { HostIdentity } from './host-evidence.ts';

export type Rule = (evidence: Omit<Evidence, 'contradictions'>, host: HostIdentity) => string | null;

/** A missing key contradicts too: what cannot be shown is not believed. */
const expected = (side: 'host' | 'guest', key: string, found: string | undefined, want: string): string =>
  `${side} evidence ${key} is ${found === undefined ? 'missing' : `"${found}"`}, expected ${want}`;

export const hostIs =
  (key: string, value: string): Rule =>
  ({ host }) =>
    host[key] === value ? null : expected('host', key, host[key], `"${value}"`);

export const hostMatches =
  (key: string, pattern: RegExp, want: string): Rule =>
  ({ host }) =>
    pattern.test(host[key] ?? '') ? null : expected('host', key, host[key], want);

export const guestIs =
  (key: string, value: string): Rule =>
  ({ guest }) =>
    guest[key] === value ? null : expected('guest', key, guest[key], `"${value}"`);

/** As /proc/PID/status shows it. */
export const NO_CAPABILITIES = '0000000000000000';

/** A process outside the instance's cgroup is neither limited nor charged. */
export const inCgroup: Rule = hostIs('in_cgroup', 'true');

/** Every process of an instance may use its CPUs and no other. */
export const onCpuset = (cpuset: readonly number[]): Rule => {
  const want = [...cpuset].sort((a, b) => a - b).join(',');
  return ({ host }) => {
    const found = host['cpus_allowed'];
    return found !== undefined && parseCpuList(found).join(',') === want
      ? null
      : expected('host', 'cpus_allowed', found, `the instance’s cpuset, "${want}"`);
  };
};

/** The host looked at the process that spoke, or at one in the very same namespaces. For arms on the host's kernel. */
export const sameNamespacesInside: Rule = ({ host, guest }) => {
  for (const name of ['pid', 'mnt', 'net', 'user', 'uts', 'ipc']) {
    const seen = host[`ns_${name}`];
    if (seen === undefined || guest[`ns_${name}`] !== seen)
      return expected('guest', `ns_${name}`, guest[`ns_${name}`], `the one that the host sees, "${seen}"`);
  }
  return null;
};

/** A kernel keeps some memory for itself: a distribution's about 40 MiB of 384, and more where there is more. */
const KERNEL_SHARE = 0.1;
const KERNEL_BYTES = 64 * 2 ** 20;

/** `bytes` is what the VMM was told to give. */
export const guestHasMemory =
  (bytes: number): Rule =>
  ({ guest }) => {
    const found = guest['memory_kb'];
    const seen = Number(found) * 1024;
    const least = bytes * (1 - KERNEL_SHARE) - KERNEL_BYTES;
    // A VMM counts in whole MiB.
    return found !== undefined && seen >= least && seen <= bytes + 2 ** 20
      ? null
      : expected('guest', 'memory_kb', found, `what a kernel leaves of ${Math.ceil(bytes / 1024)} kB`);
  };

export const rootOfImage: Rule = hostIs('root', 'image');

export const sameKernelAsHost: Rule = ({ guest }, host) => {
  if (guest['boot_id'] !== host.bootId)
    return expected('guest', 'boot_id', guest['boot_id'], `the host's, "${host.bootId}"`);
  return guest['kernel_release'] === host.kernelRelease
    ? null
    : expected('guest', 'kernel_release', guest['kernel_release'], `the host's, "${host.kernelRelease}"`);
};

/** A kernel of its own: another boot of another, or at least a separate, kernel. */
export const otherKernelThanHost =
  (release: string): Rule =>
  ({ guest }, host) => {
    if (guest['boot_id'] === undefined || guest['boot_id'] === host.bootId)
      return expected('guest', 'boot_id', guest['boot_id'], 'one that is not the host’s');
    return guest['kernel_release'] === release
      ? null
      : expected('guest', 'kernel_release', guest['kernel_release'], `"${release}"`);
  };

/** For what shows another kernel than it has, or a kernel of which the release is not known: it is not the host's. */
export const notTheHostsKernel: Rule = ({ guest }, host) => {
  if (guest['boot_id'] === undefined || guest['boot_id'] === host.bootId)
    return expected('guest', 'boot_id', guest['boot_id'], 'one that is not the host’s');
  const release = guest['kernel_release'];
  return release !== undefined && release !== host.kernelRelease
    ? null
    : expected('guest', 'kernel_release', release, 'one that is not the host’s');
};

export const ownNamespaces =
  (...names: string[]): Rule =>
  ({ host: seen }, host) => {
    for (const name of names) {
      const found = seen[`ns_${name}`];
      if (found === undefined || found === host.namespaces[`ns_${name}`])
        return expected('host', `ns_${name}`, found, 'a namespace other than the harness’s');
    }
    return null;
  };

export const hostNamespaces =
  (...names: string[]): Rule =>
  ({ host: seen }, host) => {
    for (const name of names) {
      const found = seen[`ns_${name}`];
      if (found !== host.namespaces[`ns_${name}`])
        return expected('host', `ns_${name}`, found, `the host’s, "${host.namespaces[`ns_${name}`]}"`);
    }
    return null;
  };

/** What holds of a function's process on the host's own kernel, whatever started it. */
export const hostKernelRules: Rule[] = [
  sameKernelAsHost,
  sameNamespacesInside,
  hostIs('uid', String(FUNCTION_UID)),
  hostIs('gid', String(FUNCTION_UID)),
  hostIs('cap_eff', NO_CAPABILITIES),
];

export function contradictionsOf(
  evidence: Omit<Evidence, 'contradictions'>,
  host: HostIdentity,
  rules: Rule[],
): string[] {
  return rules.map((rule) => rule(evidence, host)).filter((found) => found !== null);
}
