import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frequencyShareOf } from './parse-host-sample.ts';

const readOrNull = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

/**
 * How fast these CPUs run now, as a share of their highest frequency; null where cpufreq is not there, as in most guests.
 * To be asked right after work: an idle CPU is slow by intent.
 * @param root of `sys`, other than `/` in tests
 */
export async function sampleFrequency(cpus: number[], root = '/'): Promise<number | null> {
  return frequencyShareOf(
    await Promise.all(
      cpus.map(async (cpu) => {
        const directory = join(root, `sys/devices/system/cpu/cpu${cpu}/cpufreq`);
        const [current, max] = await Promise.all(
          ['scaling_cur_freq', 'cpuinfo_max_freq'].map((file) => readOrNull(join(directory, file))),
        );
        return { current: current ?? null, max: max ?? null };
      }),
    ),
  );
}
