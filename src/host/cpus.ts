/** The host's CPUs: which of them hold an instance, and keeping the harness off these while it measures. */

import { readdir, readFile } from 'node:fs/promises';
import { askCommand } from '../lib/run-tool.ts';
import type { Warning } from '../model/warnings.ts';

/** CPUs of each online CPU's physical core, from /sys/devices/system/cpu. */
export async function cpuSiblings(): Promise<Map<number, number[]>> {
  const siblings = new Map<number, number[]>();
  for (const name of await readdir('/sys/devices/system/cpu')) {
    const cpu = /^cpu(\d+)$/.exec(name)?.[1];
    if (cpu === undefined) continue;
    const list = await readFile(`/sys/devices/system/cpu/${name}/topology/thread_siblings_list`, 'utf8').catch(
      () => null,
    );
    // An offline CPU has no topology.
    if (list !== null) siblings.set(Number(cpu), parseCpuList(list));
  }
  return siblings;
}

/** `0-2,5` → 0, 1, 2, 5 (the kernel's list format). */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [from, to] = part.split('-').map(Number) as [number, number | undefined];
      return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i);
    });
}

/** Moves all threads of this process onto `cpus`. @returns what moves them back */
export async function pinHarness(cpus: number[]): Promise<() => Promise<void>> {
  const status = await readFile('/proc/self/status', 'utf8');
  const before = status.match(/^Cpus_allowed_list:\s*(\S+)/m)?.[1];
  const pin = (list: string): Promise<unknown> => askCommand('taskset', ['-a', '-c', '-p', list, String(process.pid)]);
  await pin(cpus.join(','));
  return async () => {
    if (before !== undefined) await pin(before);
  };
}

export interface CpuPlan {
  harness: number[];
  instance: number[];
  warnings: Warning[];
}

/**
 * The first core is the harness's, the instance gets CPUs of other physical cores.
 * @param siblings for every online CPU the CPUs of its physical core, itself among them
 */
export function planCpus(siblings: Map<number, number[]>, cpus: number): CpuPlan {
  const online = [...siblings.keys()].sort((a, b) => a - b);
  const first = online[0] ?? 0;
  const harness = siblings.get(first) ?? [first];
  const others = online.filter((cpu) => !harness.includes(cpu));
  if (others.length >= cpus) return { harness, instance: others.slice(0, cpus), warnings: [] };
  const apart = online.filter((cpu) => cpu !== first);
  if (apart.length >= cpus)
    return {
      harness: [first],
      instance: apart.slice(0, cpus),
      warnings: [
        {
          code: 'shared-core',
          message: `instances share a physical core with the harness: ${online.length} CPUs are too few for ${cpus} on other cores`,
        },
      ],
    };
  return {
    harness: online,
    instance: online.slice(0, cpus),
    warnings: [
      {
        code: 'shared-cpus',
        message: `instances share CPUs with the harness: resources.cpus is ${cpus} and the host has ${online.length}`,
      },
    ],
  };
}
