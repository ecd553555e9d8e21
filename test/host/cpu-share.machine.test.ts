import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { CGROUP_MOUNT, cgroupVersion, createCgroup, describeCpuShare, destroyCgroups } from '../../src/host/cgroup.ts';

const RUN = 'test-cpu-share';
const cgroup = createCgroup(RUN, 'one', { cpuset: [0], memoryBytes: null });
const children: ChildProcess[] = [];

/** A process that is in the cgroup before it does anything. */
const inside = (): number => {
  const join = cgroup.procsFiles.map((file) => `echo 0 > ${file}`).join('; ');
  const child = spawn('sh', ['-c', `${join}; exec sleep 60`], { stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
};
const share = cgroupVersion() === 'v2' ? 'cpu.weight' : 'cpu.shares';
const directory = cgroupVersion() === 'v2' ? CGROUP_MOUNT : `${CGROUP_MOUNT}/cpu`;

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await destroyCgroups(`isogate/${RUN}`);
});

it('says that a process in a cgroup of ours gets the usual share, until some weight above it differs', async () => {
  const pid = inside();
  await expect.poll(() => describeCpuShare(pid)).toBe('equal');
  writeFileSync(`${directory}/isogate/${RUN}/${share}`, '500');
  expect(await describeCpuShare(pid)).toBe(`${share} is 500 in /isogate/${RUN}`);
});
