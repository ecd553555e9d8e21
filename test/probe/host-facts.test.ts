import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { field, hostFacts } from '../../src/probe/host-facts.ts';

/** What the system's own tools say, in their own words. */
const ask = (file: string, ...args: string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).trim();
const lscpu = (key: string): string | undefined => new RegExp(`^${key}: +(.+)$`, 'm').exec(ask('lscpu'))?.[1];

it('says of this host what its own tools say', async () => {
  const facts = await hostFacts();
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
});

it('knows each vulnerability of the CPU and how the kernel stands to it', async () => {
  const { mitigations } = await hostFacts();
  const lines = ask('sh', '-c', 'cd /sys/devices/system/cpu/vulnerabilities && grep . *').split('\n');
  expect(Object.entries(mitigations).map(([name, state]) => `${name}:${state}`)).toEqual(lines);
});

it('warns of a host that is busy with something else, and only then', async () => {
  const { loadAverage, cpus, warnings } = await hostFacts();
  expect(Math.abs(loadAverage - Number(ask('cut', '-d', ' ', '-f1', '/proc/loadavg')))).toBeLessThan(2);
  expect(warnings.some(({ code }) => code === 'busy-host')).toBe(loadAverage > cpus / 2);
});

it('takes the first value of a key', () => {
  const cpuinfo = 'processor\t: 0\nmodel name\t: A  CPU \nflags\t\t: fpu vme\n\nprocessor\t: 1\nmodel name\t: B\n';
  expect(field(cpuinfo, 'model name')).toBe('A  CPU');
  expect(field(cpuinfo, 'microcode')).toBeUndefined();
});
