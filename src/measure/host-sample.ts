/** What else the host was doing while an instance ran. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pressureOf, stealOf, sumOfCounts } from './parse-host-sample.ts';

export interface HostSample {
  atMs: number;
  stealMs: number;
  /** Null where the kernel has no pressure stall information. */
  cpuPressureUs: number | null;
  memoryPressureUs: number | null;
  ioPressureUs: number | null;
  /** Thermal throttling events since boot, all CPUs; null where the CPU does not tell, as in most guests. */
  throttleCount: number | null;
}

const readOrNull = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

/** `core_throttle_count` and `package_throttle_count` of every CPU: a package's events count once for each of its CPUs. */
async function readThrottleCounts(sysCpu: string): Promise<number | null> {
  const names = (await readdir(sysCpu).catch(() => [])).filter((name) => /^cpu\d+$/.test(name));
  const texts = await Promise.all(
    names.map(async (name) => {
      const directory = join(sysCpu, name, 'thermal_throttle');
      const files = (await readdir(directory).catch(() => [])).filter((file) => file.endsWith('_throttle_count'));
      return Promise.all(files.map((file) => readOrNull(join(directory, file))));
    }),
  );
  return sumOfCounts(texts.flat().filter((text) => text !== null));
}

/** @param root of `proc` and `sys`, other than `/` in tests */
export async function sampleHost(root = '/'): Promise<HostSample> {
  const pressure = async (of: string): Promise<number | null> =>
    pressureOf(await readOrNull(join(root, 'proc/pressure', of)));
  const [stat, cpuPressureUs, memoryPressureUs, ioPressureUs, throttleCount] = await Promise.all([
    readFile(join(root, 'proc/stat'), 'utf8'),
    pressure('cpu'),
    pressure('memory'),
    pressure('io'),
    readThrottleCounts(join(root, 'sys/devices/system/cpu')),
  ]);
  const atMs = performance.now();
  return { atMs, stealMs: stealOf(stat), cpuPressureUs, memoryPressureUs, ioPressureUs, throttleCount };
}

/**
 * Shares of the time between two samples, 0 to 1; steal is summed over CPUs. Pressure is the whole host's, so an instance's
 * own waiting is in it: one with more threads than CPUs has CPU pressure on a host that does nothing else.
 */
export function hostDuring(before: HostSample, after: HostSample): Record<string, number> {
  const elapsedMs = after.atMs - before.atMs;
  const host: Record<string, number> = { steal_share: (after.stealMs - before.stealMs) / elapsedMs };
  for (const of of ['cpu', 'memory', 'io'] as const) {
    const [from, to] = [before[`${of}PressureUs`], after[`${of}PressureUs`]];
    if (from !== null && to !== null) host[`${of}_pressure_share`] = (to - from) / 1000 / elapsedMs;
  }
  if (before.throttleCount !== null && after.throttleCount !== null)
    host['throttle_count'] = after.throttleCount - before.throttleCount;
  return host;
}
