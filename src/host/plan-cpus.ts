/** Pure: which CPUs hold an instance and which the harness. */

import type { Warning } from '../model/warnings.ts';

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
