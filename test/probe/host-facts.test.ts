import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { watchHost } from '../../src/probe/host-facts.ts';
import { RESOURCES } from '../support/null-bench.ts';

/** What the system's own tools say, in their own words. */
const ask = (file: string, ...args: string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).trim();
const lscpu = (key: string): string | undefined => new RegExp(`^${key}: +(.+)$`, 'm').exec(ask('lscpu'))?.[1];

const factsOf = async (root?: string) => (await watchHost(root)).facts(RESOURCES, []);

describe('this host', () => {
  it('is what its own tools say', async () => {
    const facts = await factsOf();
    expect(facts).toMatchObject({
      cpuModel: lscpu('Model name'),
      cpus: Number(ask('getconf', '_NPROCESSORS_ONLN')),
      kernel: ask('uname', '-r'),
      memoryBytes: Number(ask('awk', '/^MemTotal/ { print $2 }', '/proc/meminfo')) * 1024,
    });
    const root = ask('stat', '--file-system', '--format=%T', '/sys/fs/cgroup');
    const hasMemory = ask('sh', '-c', 'mount | grep "type cgroup " | grep -c memory || true') !== '0';
    expect(facts.cgroup).toBe(root === 'cgroup2fs' ? 'v2' : hasMemory ? 'v1' : 'none');
    expect(facts.virtualised === null).toBe(lscpu('Hypervisor vendor') === undefined);
    expect(facts.details).toMatchObject({
      sockets: Number(lscpu('Socket\\(s\\)')),
      cores: Number(lscpu('Socket\\(s\\)')) * Number(lscpu('Core\\(s\\) per socket')),
      smt: Number(lscpu('Thread\\(s\\) per core')) > 1 ? 'on' : expect.stringMatching(/^(off|none)$/),
      numaNodes: Number(lscpu('NUMA node\\(s\\)')),
      swapUsedBytes: Number(ask('free', '-b').match(/^Swap:\s+\d+\s+(\d+)/m)?.[1]),
    });
  });

  it('has mitigations for each vulnerability of its CPU that the kernel knows', async () => {
    const { mitigations } = await factsOf();
    const lines = ask('sh', '-c', 'cd /sys/devices/system/cpu/vulnerabilities && grep . *').split('\n');
    expect(Object.entries(mitigations).map(([name, state]) => `${name}:${state}`)).toEqual(lines);
  });

  it('is busy with something else where its load says so, and only there', async () => {
    const { loadAverage, cpus, warnings } = await factsOf();
    expect(Math.abs(loadAverage - Number(ask('cut', '-d', ' ', '-f1', '/proc/loadavg')))).toBeLessThan(2);
    expect(warnings.some(({ code }) => code === 'busy-host')).toBe(loadAverage > cpus / 2);
  });
});

describe('another host, by its files', () => {
  let root = '';
  const host = (files: Record<string, string>): string => {
    root = mkdtempSync(join(tmpdir(), 'isogate-host-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `${text}\n`);
    }
    return root;
  };
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const CPU = 'sys/devices/system/cpu';
  const CLOCK = 'sys/devices/system/clocksource/clocksource0';

  it('a laptop on Linux with two threads a core', async () => {
    const found = await factsOf(
      host({
        'proc/cpuinfo': 'model name\t: Core i7\nmicrocode\t: 0xf4\nflags\t\t: fpu vmx\n',
        'proc/stat': 'cpu  100 0 100 800 0 0 0 0 0 0',
        'proc/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0',
        'proc/meminfo': 'MemTotal: 16000000 kB\nMemAvailable:    8000000 kB',
        'proc/swaps': 'Filename Type Size Used Priority\n/dev/dm-1 partition 8000000 300000 -2',
        'proc/pressure/cpu':
          'some avg10=12.50 avg60=1.00 avg300=0.10 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0',
        'proc/sys/kernel/random/entropy_avail': '256',
        'proc/77/comm': 'qemu-system-x86',
        'proc/77/cgroup': '0::/user.slice',
        'proc/78/comm': 'qemu-system-x86',
        'proc/78/cgroup': '0::/isogate/20260101000000-abcdef/20260101000000-abcdef-1/host',
        'proc/79/comm': 'bash',
        'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu memory pids',
        'sys/module/kvm_intel/parameters/nested': 'Y',
        'sys/kernel/mm/ksm/run': '1',
        'sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never',
        'sys/devices/system/node/node0/x': '',
        [`${CPU}/smt/control`]: 'on',
        [`${CPU}/intel_pstate/no_turbo`]: '0',
        [`${CPU}/cpu0/topology/physical_package_id`]: '0',
        [`${CPU}/cpu0/topology/thread_siblings_list`]: '0-1',
        [`${CPU}/cpu1/topology/physical_package_id`]: '0',
        [`${CPU}/cpu1/topology/thread_siblings_list`]: '0-1',
        [`${CPU}/cpu0/cpufreq/scaling_governor`]: 'powersave',
        [`${CPU}/cpu1/cpufreq/scaling_governor`]: 'powersave',
        [`${CPU}/cpu0/cpufreq/energy_performance_preference`]: 'balance_performance',
        [`${CPU}/vulnerabilities/mds`]: 'Not affected',
        [`${CLOCK}/current_clocksource`]: 'hpet',
        [`${CLOCK}/available_clocksource`]: 'hpet acpi_pm',
      }),
    );
    expect(found).toMatchObject({ cpuModel: 'Core i7', cgroup: 'v2', virtualised: null });
    expect(found.mitigations).toEqual({ mds: 'Not affected' });
    expect(found.details).toEqual({
      ...{ microcode: '0xf4', sockets: 1, cores: 1, smt: 'on', governors: ['powersave'] },
      ...{ energyPreferences: ['balance_performance'], turbo: 'on', kvm: ['kvm_intel, nested on'] },
      ...{ cgroupLayout: 'v2', availableMemoryBytes: 8_192_000_000, swapUsedBytes: 307_200_000, numaNodes: 1 },
      ...{ clocksource: 'hpet', clocksources: ['hpet', 'acpi_pm'], ksm: true, transparentHugePages: 'always' },
      ...{ entropyBits: 256, pressurePercent: { cpu: 12.5, memory: null, io: null }, stealPercent: null },
      otherGuests: ['qemu-system-x86 77'],
    });
    const codes = found.warnings.map(({ code }) => code).filter((code) => code !== 'busy-host');
    expect(codes).toEqual(['cpu-pressure', 'governor', 'turbo', 'clocksource', 'ksm', 'swap', 'other-guests']);
  });

  it('one that tells nothing is warned of for what it lacks, and for nothing else', async () => {
    const found = await factsOf(host({ 'proc/stat': '' }));
    expect(found).toMatchObject({ cpuModel: 'unknown', cgroup: 'none', virtualised: null, mitigations: {} });
    expect(found.details).toMatchObject({ microcode: null, governors: [], turbo: null, kvm: [], stealPercent: null });
    expect(found.warnings.map(({ code }) => code).filter((code) => code !== 'busy-host')).toEqual(['no-cgroup']);
  });
});
