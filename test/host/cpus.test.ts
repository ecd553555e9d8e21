import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cpuSiblings, parseCpuList, pinHarness } from '../../src/host/cpus.ts';

it.each([
  ['0', [0]],
  ['0-2,5\n', [0, 1, 2, 5]],
  ['0,4', [0, 4]],
  ['8-9,11,13-14', [8, 9, 11, 13, 14]],
  ['\n', []],
])('the kernel’s list %j', (text, cpus) => {
  expect(parseCpuList(text)).toEqual(cpus);
});

it('knows the cores of this host', async () => {
  const cores = new Map<string, number[]>();
  for (const line of execFileSync('lscpu', ['--online', '--parse=CPU,SOCKET,CORE'], { encoding: 'utf8' }).split('\n')) {
    const [, cpu, core] = /^(\d+),(.+)$/.exec(line) ?? [];
    if (cpu !== undefined && core !== undefined) cores.set(core, [...(cores.get(core) ?? []), Number(cpu)]);
  }
  const expected = [...cores.values()].flatMap((cpus) => cpus.map((cpu) => [cpu, cpus] as const));
  expect(await cpuSiblings()).toEqual(new Map(expected));
});

/** Of every thread of this process. */
const allowed = (): string[] => [
  ...new Set(
    readdirSync('/proc/self/task').map((thread) =>
      String(/^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'))?.[1]),
    ),
  ),
];

it('moves every thread of the harness, and back', async () => {
  const before = allowed();
  const last = Math.max(...(await cpuSiblings()).keys());
  const unpin = await pinHarness([last]);
  try {
    expect(allowed()).toEqual([String(last)]);
  } finally {
    await unpin();
  }
  expect(allowed()).toEqual(before);
});
