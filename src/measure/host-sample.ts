/** What else the host was doing while an instance ran. */

import { readFile } from 'node:fs/promises';

const USER_HZ = 100;

export interface HostSample {
  atMs: number;
  stealMs: number;
  /** Null where the kernel has no pressure stall information. */
  cpuPressureUs: number | null;
}

export async function sampleHost(): Promise<HostSample> {
  const stat = await readFile('/proc/stat', 'utf8');
  const pressure = await readFile('/proc/pressure/cpu', 'utf8').catch(() => '');
  const some = pressure.match(/^some .*total=(\d+)/m)?.[1];
  return { atMs: performance.now(), stealMs: stealOf(stat), cpuPressureUs: some === undefined ? null : Number(some) };
}

/** Ninth field of the `cpu` line of /proc/stat (proc(5)), in ticks of 10 ms. */
export function stealOf(procStat: string): number {
  const fields = procStat.split('\n', 1)[0]?.split(/\s+/) ?? [];
  return (Number(fields[8] ?? 0) * 1000) / USER_HZ;
}

/** Shares of the time between two samples, 0 to 1; steal is summed over CPUs. */
export function hostDuring(before: HostSample, after: HostSample): Record<string, number> {
  const elapsedMs = after.atMs - before.atMs;
  const host: Record<string, number> = { steal_share: (after.stealMs - before.stealMs) / elapsedMs };
  if (before.cpuPressureUs !== null && after.cpuPressureUs !== null)
    host['cpu_pressure_share'] = (after.cpuPressureUs - before.cpuPressureUs) / 1000 / elapsedMs;
  return host;
}
