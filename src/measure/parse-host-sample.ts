/** Pure: numbers of the kernel's files about the whole host. Null where the kernel does not tell. */

const USER_HZ = 100;

/** Milliseconds. Ninth field of the `cpu` line of /proc/stat (proc(5)), in ticks of 10 ms. */
export function stealOf(procStat: string): number {
  const fields = procStat.split('\n', 1)[0]?.split(/\s+/) ?? [];
  return (Number(fields[8] ?? 0) * 1000) / USER_HZ;
}

/** Microseconds in which at least one task waited: `some … total=` (Documentation/accounting/psi.rst). */
export function pressureOf(text: string | null): number | null {
  const some = text?.match(/^some .*total=(\d+)/m)?.[1];
  return some === undefined ? null : Number(some);
}

/** The sum of single counters, one a file; null where there is no file. */
export function sumOfCounts(texts: string[]): number | null {
  const counts = texts.map((text) => Number.parseInt(text, 10)).filter(Number.isFinite);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Mean of current over highest frequency, from cpufreq's `scaling_cur_freq` and `cpuinfo_max_freq` of each CPU, both kHz
 * (Documentation/admin-guide/pm/cpufreq.rst). Above 1 where a driver leaves boost out of the highest.
 */
export function frequencyShareOf(cpus: { current: string | null; max: string | null }[]): number | null {
  const shares = cpus
    .map(({ current, max }) => Number.parseInt(current ?? '', 10) / Number.parseInt(max ?? '', 10))
    .filter((share) => Number.isFinite(share) && share > 0);
  return shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
