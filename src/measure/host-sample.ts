/** What else the host was doing while an instance ran. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mean, sum } from 'simple-statistics';
import { type Clocks, compareClocks, readClocks } from './clocks.ts';

export interface HostSample extends Clocks {
  /** Time that a hypervisor took from all CPUs together, since boot. */
  stealMs: number;
  /** Time in which at least one task waited, since boot; null where the kernel has no pressure stall information. */
  cpuPressureUs: number | null;
  memoryPressureUs: number | null;
  ioPressureUs: number | null;
  /** Thermal throttling events of all CPUs since boot; null where the CPU does not count them, as in most guests. */
  throttleCount: number | null;
}

/** @param root directory that holds `proc` and `sys`; another one than `/` in tests */
export async function sampleHost(root = '/'): Promise<HostSample> {
  const readPressure = async (resource: string): Promise<number | null> => {
    const text = await readOrNull(join(root, 'proc/pressure', resource));
    // `some … total=` in microseconds: Documentation/accounting/psi.rst
    const some = text?.match(/^some .*total=(\d+)/m)?.[1];
    return some === undefined ? null : Number(some);
  };
  const [stat, cpuPressureUs, memoryPressureUs, ioPressureUs, throttleCount] = await Promise.all([
    readFile(join(root, 'proc/stat'), 'utf8'),
    readPressure('cpu'),
    readPressure('memory'),
    readPressure('io'),
    countThrottling(join(root, 'sys/devices/system/cpu')),
  ]);
  return {
    ...readClocks(root),
    stealMs: parseSteal(stat),
    cpuPressureUs,
    memoryPressureUs,
    ioPressureUs,
    throttleCount,
  };
}

const readOrNull = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

const MS_PER_TICK = 10;

/** Milliseconds. The ninth field of the `cpu` line of /proc/stat, in ticks (proc(5)); absent before Linux 2.6.11. */
function parseSteal(procStat: string): number {
  const fields = procStat.split('\n', 1)[0]?.split(/\s+/) ?? [];
  return Number(fields[8] ?? 0) * MS_PER_TICK;
}

/** `core_throttle_count` and `package_throttle_count` of every CPU: an event of a package counts once for each of its CPUs. */
async function countThrottling(sysCpu: string): Promise<number | null> {
  const names = (await readdir(sysCpu).catch(() => [])).filter((name) => /^cpu\d+$/.test(name));
  const texts = await Promise.all(
    names.map(async (name) => {
      const directory = join(sysCpu, name, 'thermal_throttle');
      const files = (await readdir(directory).catch(() => [])).filter((file) => file.endsWith('_throttle_count'));
      return Promise.all(files.map((file) => readOrNull(join(directory, file))));
    }),
  );
  const counts = texts.flat().map((text) => Number.parseInt(text ?? '', 10));
  const known = counts.filter(Number.isFinite);
  return known.length === 0 ? null : sum(known);
}

/**
 * Shares of the time between two samples, 0 to 1; steal is summed over CPUs. Pressure is that of the whole host, so it
 * includes the instance's own waiting: an instance with more threads than CPUs has CPU pressure on an otherwise idle host.
 */
export function summarizeHost(before: HostSample, after: HostSample): Record<string, number> {
  const elapsedMs = after.atMs - before.atMs;
  const host: Record<string, number> = {
    steal_share: (after.stealMs - before.stealMs) / elapsedMs,
    ...compareClocks(before, after),
  };
  for (const resource of ['cpu', 'memory', 'io'] as const) {
    const [from, to] = [before[`${resource}PressureUs`], after[`${resource}PressureUs`]];
    if (from !== null && to !== null) host[`${resource}_pressure_share`] = (to - from) / 1000 / elapsedMs;
  }
  if (before.throttleCount !== null && after.throttleCount !== null)
    host['throttle_count'] = after.throttleCount - before.throttleCount;
  return host;
}

/**
 * How fast these CPUs run now: the mean of current over highest frequency, both in kHz (Documentation/admin-guide/pm/cpufreq.rst).
 * It is above 1 where a driver does not count boost in the highest, and null where there is no cpufreq, as in most guests.
 * Ask right after work, because an idle CPU is slow on purpose.
 * @param root directory that holds `sys`; another one than `/` in tests
 */
export async function sampleFrequency(cpus: number[], root = '/'): Promise<number | null> {
  const shares = await Promise.all(
    cpus.map(async (cpu) => {
      const directory = join(root, `sys/devices/system/cpu/cpu${cpu}/cpufreq`);
      const read = async (file: string) => Number.parseInt((await readOrNull(join(directory, file))) ?? '', 10);
      return (await read('scaling_cur_freq')) / (await read('cpuinfo_max_freq'));
    }),
  );
  const known = shares.filter((share) => Number.isFinite(share) && share > 0);
  return known.length === 0 ? null : mean(known);
}
