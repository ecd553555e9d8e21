import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CGROUP_MOUNT, CGROUP_ROOT, type Cgroup, createCgroup, destroyCgroups } from '../../src/host/cgroup.ts';
import { addWatches, watchPeak } from '../../src/host/memory-peak.ts';
import { needsRoot } from '../support/skip-unless.ts';

needsRoot();

const RUN = `peak-test-${process.pid}`;
const MIB = 2 ** 20;
let cgroup: Cgroup;
let directory: string;
beforeAll(() => {
  cgroup = createCgroup(RUN, 'one', { cpuset: [0], memoryBytes: null });
  directory = `${CGROUP_MOUNT}/${cgroup.version === 'v1' ? 'memory/' : ''}${CGROUP_ROOT}/${RUN}/one`;
});
afterAll(() => destroyCgroups(`${CGROUP_ROOT}/${RUN}`));

/** A process in the cgroup that holds so much for a fifth of a second, and is gone afterwards. */
async function hold(mebibytes: number): Promise<void> {
  const moves = cgroup.procsFiles.map((file) => `echo 0 >${file}`).join('; ');
  const program = `import time; held = b'x' * (${mebibytes} << 20); time.sleep(0.2)`;
  const child = spawn('/bin/sh', ['-c', `${moves}; exec /usr/bin/python3 -S -c "${program}"`], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([0, null]);
}

it('begins anew with each watch, and a second end gives what the first found', async () => {
  const first = await cgroup.watchPeak();
  await hold(120);
  const peak = await first.end();
  expect(peak.bytes).toBeGreaterThan(120 * MIB);
  expect(peak.bytes).toBeLessThan(140 * MIB);
  const second = await cgroup.watchPeak();
  await hold(20);
  expect((await second.end()).bytes).toBeLessThan(60 * MIB);
  expect(await first.end()).toEqual(peak);
});

const files = () => ({
  // Old kernels refuse a write to memory.peak, as every kernel refuses one to memory.stat.
  mark: `${directory}/memory.stat`,
  current: `${directory}/${cgroup.version === 'v1' ? 'memory.usage_in_bytes' : 'memory.current'}`,
});

it('is sampled where the kernel’s mark cannot be set back, and says so', async () => {
  const watch = await watchPeak(files());
  await hold(120);
  const peak = await watch.end();
  expect(peak.source).toBe('sampled every 5 ms');
  expect(peak.bytes).toBeGreaterThan(120 * MIB);
  expect(peak.bytes).toBeLessThan(140 * MIB);
});

it('adds the peaks of cgroups that hold one instance, sampled where one of them was', async () => {
  const watch = await addWatches([cgroup.watchPeak(), watchPeak(files())]);
  await hold(50);
  const peak = await watch.end();
  expect(peak.source).toBe('sampled every 5 ms');
  expect(peak.bytes).toBeGreaterThan(100 * MIB);
});

it('refuses a cgroup that is not there', async () => {
  const gone = watchPeak({ mark: `${directory}/none`, current: `${directory}/none` });
  await expect(addWatches([cgroup.watchPeak(), gone])).rejects.toMatchObject({ code: 'ENOENT' });
});
