import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hostDuring, sampleHost, stealOf } from '../../src/measure/host-sample.ts';

const PROC_STAT = `cpu  4705 356 584 3699176 23060 0 23 1234 9 8
cpu0 1393 178 300 1849000 11000 0 13 617 5 4
intr 1462898
`;

it('steal is the ninth field of the first line of /proc/stat, in ticks of 10 ms', () => {
  expect(stealOf(PROC_STAT)).toBe(12_340);
  // Before Linux 2.6.11 there was none.
  expect(stealOf('cpu  4705 356 584 3699176 23060 0 23\n')).toBe(0);
});

it('says what share of the time was stolen, and waited for a CPU', () => {
  const before = { atMs: 1000, stealMs: 500, cpuPressureUs: 2_000_000 };
  const after = { atMs: 3000, stealMs: 600, cpuPressureUs: 2_500_000 };
  expect(hostDuring(before, after)).toEqual({ steal_share: 0.05, cpu_pressure_share: 0.25 });
});

it('leaves out pressure where the kernel does not tell', () => {
  const before = { atMs: 0, stealMs: 0, cpuPressureUs: null };
  expect(hostDuring(before, { atMs: 100, stealMs: 1, cpuPressureUs: null })).toEqual({ steal_share: 0.01 });
});

it('reads this host', async () => {
  const sample = await sampleHost();
  const steal = Number(/^cpu +(?:\d+ +){7}(\d+)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 10;
  expect(sample.stealMs).toBeLessThanOrEqual(steal);
  expect(sample.stealMs).toBeGreaterThan(steal - 1000);
  expect((await sampleHost()).atMs).toBeGreaterThan(sample.atMs);
});
