/** What this host is, and what about it will hurt measurements. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { HostFacts, Warning } from '../types.ts';

const CGROUP_MOUNT = '/sys/fs/cgroup';
const VULNERABILITIES = '/sys/devices/system/cpu/vulnerabilities';

export async function hostFacts(): Promise<HostFacts> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
  const online = cpus().length;
  const loadAverage = loadavg()[0] ?? 0;
  const cgroup = cgroupOf();
  return {
    cpuModel: field(cpuinfo, 'model name') ?? 'unknown',
    cpus: online,
    memoryBytes: totalmem(),
    kernel: release(),
    cgroup,
    virtualised: await virtualisation(cpuinfo),
    mitigations: await mitigations(),
    loadAverage,
    warnings: warningsOf(online, loadAverage, cgroup),
  };
}

/** First value of a `key : value` line of /proc/cpuinfo. */
export const field = (cpuinfo: string, key: string): string | undefined =>
  cpuinfo.match(new RegExp(`^${key}\\s*: (.*)$`, 'm'))?.[1]?.trim();

/** Hybrid hosts mount an almost empty v2 beside v1: the controllers that matter are where `memory` is. */
function cgroupOf(): HostFacts['cgroup'] {
  if (existsSync(`${CGROUP_MOUNT}/cgroup.controllers`)) return 'v2';
  return existsSync(`${CGROUP_MOUNT}/memory`) ? 'v1' : 'none';
}

/** A name when this host is itself a guest (the CPU's hypervisor flag), else null. */
async function virtualisation(cpuinfo: string): Promise<string | null> {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return null;
  const product = await readFile('/sys/class/dmi/id/product_name', 'utf8').catch(() => '');
  return product.trim() || 'unnamed hypervisor';
}

async function mitigations(): Promise<Record<string, string>> {
  const names = await readdir(VULNERABILITIES).catch(() => []);
  const pairs = names.sort().map(async (name) => [name, (await readFile(`${VULNERABILITIES}/${name}`, 'utf8')).trim()]);
  return Object.fromEntries(await Promise.all(pairs));
}

function warningsOf(online: number, loadAverage: number, cgroup: HostFacts['cgroup']): Warning[] {
  const warnings: Warning[] = [];
  if (loadAverage > online / 2)
    warnings.push({
      code: 'busy-host',
      message: `the load average is ${loadAverage.toFixed(1)} on ${online} CPUs: stop what else runs here, or intervals will be wide`,
    });
  if (cgroup === 'none')
    warnings.push({ code: 'no-cgroup', message: 'no cgroup hierarchy is mounted: limits and memory cannot be had' });
  return warnings;
}
