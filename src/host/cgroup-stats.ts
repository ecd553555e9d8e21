/** Parsers of the kernel's cgroup files (admin-guide/cgroup-v1/memory.rst and admin-guide/cgroup-v2.rst). */

/** `key value` a line, as in memory.stat and cpu.stat. */
function parseFlatKeyed(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [key, value] = line.split(' ');
    if (key && value !== undefined) values.set(key, Number(value));
  }
  return values;
}

/**
 * Memory that an instance costs: anonymous, shared and kernel memory, without the page cache of files, which other arms
 * share. Version 1 counts tmpfs and memfd pages inside `cache` and names them `total_shmem`.
 */
export function chargedBytesV1(memoryStat: string, kernelBytes: number): number {
  const stat = parseFlatKeyed(memoryStat);
  return (stat.get('total_rss') ?? 0) + (stat.get('total_shmem') ?? 0) + kernelBytes;
}

/** As {@link chargedBytesV1}. Kernels before 5.18 lack the `kernel` sum; its parts are added up instead. */
export function chargedBytesV2(memoryStat: string): number {
  const stat = parseFlatKeyed(memoryStat);
  const value = (key: string): number => stat.get(key) ?? 0;
  const kernel =
    stat.get('kernel') ?? value('slab') + value('kernel_stack') + value('pagetables') + value('percpu') + value('sock');
  return value('anon') + value('shmem') + kernel;
}

/** v2 `cpu.stat` counts microseconds; v1 `cpuacct.usage` nanoseconds. */
export const cpuMsV2 = (cpuStat: string): number => (parseFlatKeyed(cpuStat).get('usage_usec') ?? 0) / 1e3;
export const cpuMsV1 = (cpuacctUsage: string): number => Number(cpuacctUsage.trim()) / 1e6;

/** `oom_kill` of v1 memory.oom_control and v2 memory.events: processes that the kernel killed for want of memory. */
export const oomKills = (text: string): number => parseFlatKeyed(text).get('oom_kill') ?? 0;
