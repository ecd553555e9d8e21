import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { type HostSample, hostDuring, sampleHost } from '../../src/measure/host-sample.ts';
import { frequencyShareOf, pressureOf, stealOf, sumOfCounts } from '../../src/measure/parse-host-sample.ts';
import { sampleFrequency } from '../../src/measure/sample-frequency.ts';

const PROC_STAT = `cpu  4705 356 584 3699176 23060 0 23 1234 9 8
cpu0 1393 178 300 1849000 11000 0 13 617 5 4
intr 1462898
`;

it('steal is the ninth field of the first line of /proc/stat, in ticks of 10 ms', () => {
  expect(stealOf(PROC_STAT)).toBe(12_340);
  // Before Linux 2.6.11 there was none.
  expect(stealOf('cpu  4705 356 584 3699176 23060 0 23\n')).toBe(0);
});

it('pressure is the time in which some task waited', () => {
  const text =
    'some avg10=1.19 avg60=2.09 avg300=2.84 total=32704464\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n';
  expect(pressureOf(text)).toBe(32_704_464);
  expect(pressureOf('')).toBeNull();
  expect(pressureOf(null)).toBeNull();
});

it('throttling is summed, and unknown where nothing counts it', () => {
  expect(sumOfCounts(['3\n', '0\n', '4\n'])).toBe(7);
  expect(sumOfCounts([])).toBeNull();
  expect(sumOfCounts(['nonsense'])).toBeNull();
});

it('frequency is a share of the highest, over CPUs', () => {
  expect(
    frequencyShareOf([
      { current: '1800000\n', max: '3600000\n' },
      { current: '3600000\n', max: '3600000\n' },
    ]),
  ).toBe(0.75);
  expect(
    frequencyShareOf([
      { current: '1800000\n', max: '3600000\n' },
      { current: null, max: null },
    ]),
  ).toBe(0.5);
  expect(frequencyShareOf([{ current: '<unknown>\n', max: '3600000\n' }])).toBeNull();
  expect(frequencyShareOf([{ current: '0', max: '0' }])).toBeNull();
});

const NOTHING: HostSample = {
  ...{ atMs: 0, stealMs: 0, cpuPressureUs: null, memoryPressureUs: null, ioPressureUs: null, throttleCount: null },
};

it('says what share of the time was stolen and waited for, and how often a CPU was throttled', () => {
  const before = {
    atMs: 1000,
    stealMs: 500,
    cpuPressureUs: 2_000_000,
    memoryPressureUs: 10,
    ioPressureUs: 0,
    throttleCount: 7,
  };
  const after = {
    atMs: 3000,
    stealMs: 600,
    cpuPressureUs: 2_500_000,
    memoryPressureUs: 10,
    ioPressureUs: 20_000,
    throttleCount: 9,
  };
  expect(hostDuring(before, after)).toEqual({
    steal_share: 0.05,
    cpu_pressure_share: 0.25,
    memory_pressure_share: 0,
    io_pressure_share: 0.01,
    throttle_count: 2,
  });
});

it('leaves out what the kernel does not tell', () => {
  expect(hostDuring(NOTHING, { ...NOTHING, atMs: 100, stealMs: 1 })).toEqual({ steal_share: 0.01 });
});

it('reads the files of a kernel that tells all', async () => {
  const root = mkdtempSync(join(tmpdir(), 'isogate-host-'));
  try {
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    write('proc/stat', PROC_STAT);
    for (const [of, total] of [
      ['cpu', 5],
      ['memory', 6],
      ['io', 7],
    ] as const)
      write(`proc/pressure/${of}`, `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`);
    for (const cpu of [0, 1]) {
      write(`sys/devices/system/cpu/cpu${cpu}/thermal_throttle/core_throttle_count`, '3\n');
      write(`sys/devices/system/cpu/cpu${cpu}/thermal_throttle/package_throttle_count`, '1\n');
      write(`sys/devices/system/cpu/cpu${cpu}/thermal_throttle/core_throttle_total_time_ms`, '99\n');
      write(`sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`, `${1 + cpu}000000\n`);
      write(`sys/devices/system/cpu/cpu${cpu}/cpufreq/cpuinfo_max_freq`, '2000000\n');
    }
    write('sys/devices/system/cpu/cpufreq/boost', '1\n');
    expect(await sampleHost(root)).toEqual({
      ...{
        atMs: expect.any(Number),
        stealMs: 12_340,
        cpuPressureUs: 5,
        memoryPressureUs: 6,
        ioPressureUs: 7,
        throttleCount: 8,
      },
    });
    expect(await sampleFrequency([0], root)).toBe(0.5);
    expect(await sampleFrequency([0, 1], root)).toBe(0.75);
    expect(await sampleFrequency([7], root)).toBeNull();
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('reads this host', async () => {
  const sample = await sampleHost();
  const steal = Number(/^cpu +(?:\d+ +){7}(\d+)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 10;
  expect(sample.stealMs).toBeLessThanOrEqual(steal);
  expect(sample.stealMs).toBeGreaterThan(steal - 1000);
  expect((await sampleHost()).atMs).toBeGreaterThan(sample.atMs);
});
