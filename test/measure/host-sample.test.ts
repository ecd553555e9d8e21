import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { type HostSample, sampleFrequency, sampleHost, summarizeHost } from '../../src/measure/host-sample.ts';

const PROC_STAT = `cpu  4705 356 584 3699176 23060 0 23 1234 9 8
cpu0 1393 178 300 1849000 11000 0 13 617 5 4
intr 1462898
`;

const NOTHING: HostSample = {
  ...{
    atMs: 0,
    wallMs: 0,
    uptimeMs: null,
    stealMs: 0,
    cpuPressureUs: null,
    memoryPressureUs: null,
    ioPressureUs: null,
    throttleCount: null,
  },
};

it('says what share of the time was stolen and waited for, and how often a CPU was throttled', () => {
  const before = {
    atMs: 1000,
    wallMs: 1_800_000_001_000,
    uptimeMs: 71_000,
    stealMs: 500,
    cpuPressureUs: 2_000_000,
    memoryPressureUs: 10,
    ioPressureUs: 0,
    throttleCount: 7,
  };
  const after = {
    atMs: 3000,
    wallMs: 1_800_000_003_000,
    uptimeMs: 73_000,
    stealMs: 600,
    cpuPressureUs: 2_500_000,
    memoryPressureUs: 10,
    ioPressureUs: 20_000,
    throttleCount: 9,
  };
  expect(summarizeHost(before, after)).toEqual({
    steal_share: 0.05,
    cpu_pressure_share: 0.25,
    memory_pressure_share: 0,
    io_pressure_share: 0.01,
    throttle_count: 2,
  });
});

it('leaves out what the kernel does not tell', () => {
  expect(summarizeHost(NOTHING, { ...NOTHING, atMs: 100, wallMs: 100, stealMs: 1 })).toEqual({ steal_share: 0.01 });
});

it('says where the machine was suspended, and where its clock was set', () => {
  const before = { ...NOTHING, uptimeMs: 0 };
  expect(summarizeHost(before, { ...before, atMs: 100, wallMs: 95_100, uptimeMs: 95_100 })).toEqual({
    steal_share: 0,
    suspended_ms: 95_000,
  });
  expect(summarizeHost(before, { ...before, atMs: 100, wallMs: -59_900, uptimeMs: 100 })).toEqual({
    steal_share: 0,
    clock_set_ms: -60_000,
  });
});

/** A directory with these files, as a kernel's `/`. */
async function inRoot<T>(files: Record<string, string>, use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'isogate-host-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const pressure = (total: number): string =>
  `some avg10=1.19 avg60=2.09 avg300=2.84 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n`;
const CPUS = 'sys/devices/system/cpu';

it('reads the files of a kernel that has them all', async () => {
  const files: Record<string, string> = {
    'proc/stat': PROC_STAT,
    'proc/pressure/cpu': pressure(32_704_464),
    'proc/pressure/memory': pressure(6),
    'proc/pressure/io': pressure(7),
    'proc/uptime': '350735.47 234388.90\n',
    [`${CPUS}/cpufreq/boost`]: '1\n',
  };
  for (const cpu of [0, 1])
    Object.assign(files, {
      [`${CPUS}/cpu${cpu}/thermal_throttle/core_throttle_count`]: '3\n',
      [`${CPUS}/cpu${cpu}/thermal_throttle/package_throttle_count`]: '1\n',
      [`${CPUS}/cpu${cpu}/thermal_throttle/core_throttle_total_time_ms`]: '99\n',
    });
  expect(await inRoot(files, sampleHost)).toEqual({
    atMs: expect.any(Number),
    wallMs: expect.any(Number),
    uptimeMs: 350_735_470,
    // The ninth field of the first line, in ticks of 10 ms.
    stealMs: 12_340,
    cpuPressureUs: 32_704_464,
    memoryPressureUs: 6,
    ioPressureUs: 7,
    throttleCount: 8,
  });
});

it('what the kernel does not have is null, and steal is 0 before Linux 2.6.11', async () => {
  const files = {
    'proc/stat': 'cpu  4705 356 584 3699176 23060 0 23\n',
    'proc/pressure/cpu': '',
    [`${CPUS}/cpu0/thermal_throttle/core_throttle_count`]: 'nonsense',
  };
  expect(await inRoot(files, sampleHost)).toEqual({ ...NOTHING, atMs: expect.any(Number), wallMs: expect.any(Number) });
});

it('frequency is a share of the highest, over the CPUs that tell it', async () => {
  const files: Record<string, string> = {};
  for (const [cpu, current] of ['1000000', '2000000', '<unknown>', '0'].entries()) {
    files[`${CPUS}/cpu${cpu}/cpufreq/scaling_cur_freq`] = `${current}\n`;
    files[`${CPUS}/cpu${cpu}/cpufreq/cpuinfo_max_freq`] = '2000000\n';
  }
  const shares = await inRoot(files, (root) =>
    Promise.all([[0], [0, 1], [0, 9], [2], [3], [9]].map((cpus) => sampleFrequency(cpus, root))),
  );
  expect(shares).toEqual([0.5, 0.75, 0.5, null, null, null]);
});

it('reads this host', async () => {
  const sample = await sampleHost();
  const steal = Number(/^cpu +(?:\d+ +){7}(\d+)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 10;
  expect(sample.stealMs).toBeLessThanOrEqual(steal);
  expect(sample.stealMs).toBeGreaterThan(steal - 1000);
  expect((await sampleHost()).atMs).toBeGreaterThan(sample.atMs);
});
