import { expect, it } from 'vitest';
import { chargedBytesV1, chargedBytesV2, cpuMsV1, cpuMsV2, oomKills } from '../../src/host/cgroup-stats.ts';

it('v1: anonymous and shared memory of the subtree and kernel memory, no file cache', () => {
  const stat = 'cache 900000\nrss 1\ntotal_cache 700000\ntotal_rss 4096000\ntotal_shmem 8192\ntotal_mapped_file 555\n';
  expect(chargedBytesV1(stat, 100_000)).toBe(4_204_192);
});

it('v2: anon, shmem and the kernel sum', () => {
  expect(chargedBytesV2('anon 1000\nfile 77777\nkernel 300\nshmem 20\nslab 250\n')).toBe(1320);
});

it('v2 before Linux 5.18: the kernel sum is added up from its parts', () => {
  expect(
    chargedBytesV2('anon 1000\nfile 7\nkernel_stack 10\npagetables 20\npercpu 30\nsock 40\nshmem 5\nslab 50\n'),
  ).toBe(1155);
});

it('CPU counters come in microseconds (v2) and nanoseconds (v1)', () => {
  expect(cpuMsV2('usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\n')).toBe(123.456);
  expect(cpuMsV1('2500000\n')).toBe(2.5);
});

it('counts what the kernel killed for want of memory', () => {
  expect(oomKills('oom_kill_disable 0\nunder_oom 0\noom_kill 2\n')).toBe(2);
  expect(oomKills('low 0\nhigh 3\nmax 7\noom 1\noom_kill 1\noom_group_kill 0\n')).toBe(1);
  expect(oomKills('')).toBe(0);
});
