/** The contexts in which a probe boots its instances. */

import { cpuSiblings } from '../host/cpus.ts';
import type { HostClaim } from '../isolation/cleanup/claim-host.ts';
import type { StartContext } from '../model/isolation.ts';

/** Claims the host once, at the first boot, and gives each boot a context; they take turns over the host's CPUs. */
export function bootContexts(
  claim: () => Promise<HostClaim>,
  cpus: number,
): { next: (startTimeoutMs: number) => Promise<StartContext> } {
  let ready: Promise<{ host: HostClaim; sets: number[][] }> | null = null;
  let count = 0;
  const open = async (): Promise<{ host: HostClaim; sets: number[][] }> => {
    const host = await claim();
    return { host, sets: cpuSets(host.cpuset, [...(await cpuSiblings()).keys()], cpus) };
  };
  return {
    async next(startTimeoutMs) {
      ready ??= open();
      const { host, sets } = await ready;
      return { ...host.nextContext(startTimeoutMs), cpuset: sets[count++ % sets.length] ?? host.cpuset };
    },
  };
}

/** The instances' own set of CPUs first, then as many more of the same size as the other CPUs make. */
export function cpuSets(own: number[], online: number[], cpus: number): number[][] {
  const others = online.filter((cpu) => !own.includes(cpu)).sort((a, b) => a - b);
  const sets = [own];
  for (let at = 0; at + cpus <= others.length; at += cpus) sets.push(others.slice(at, at + cpus));
  return sets;
}
