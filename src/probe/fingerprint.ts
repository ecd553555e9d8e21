/** Everything besides the code that a measured number depends on, as flat keys, so that each difference can be named. */

import type { Resources } from '../model/config.ts';
import type { Fingerprint, HostFacts, ProbeResult } from '../model/probe.ts';

export function fingerprintOf(
  host: HostFacts,
  isolations: ProbeResult[],
  guestKernel: { release: string; digest: string } | null,
  runtimes: Record<string, string>,
  resources: Resources,
): Fingerprint {
  const fingerprint: Fingerprint = {
    cpu: host.cpuModel,
    microcode: host.details?.microcode ?? 'unknown',
    kernel: host.kernel,
    mitigations: Object.entries(host.mitigations)
      .map(([name, state]) => `${name}=${state}`)
      .join('; '),
    virtualised: host.virtualised ?? 'no',
    cgroup: host.cgroup,
    cpus: `${resources.cpus} of ${host.cpus}`,
    memory: `${resources.memoryBytes} + ${resources.guestOverheadBytes} of ${host.memoryBytes}`,
  };
  for (const isolation of isolations) {
    if (!isolation.usable) continue;
    const accelerator = isolation.accelerator === null ? '' : ` (${isolation.accelerator})`;
    fingerprint[`isolation.${isolation.isolation}`] = `${isolation.version ?? 'kernel'}${accelerator}`;
  }
  if (guestKernel) fingerprint['guest_kernel'] = `${guestKernel.release} ${guestKernel.digest}`;
  for (const [name, version] of Object.entries(runtimes)) fingerprint[`runtime.${name}`] = version;
  return fingerprint;
}
