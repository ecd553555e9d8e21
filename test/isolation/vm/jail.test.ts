import { expect, it } from 'vitest';
import { firecrackerArgs } from '../../../src/isolation/vm/firecracker-config.ts';
import { jailerArgs, mountOptions } from '../../../src/isolation/vm/jail.ts';

const MOUNTINFO = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /var rw,nosuid,nodev shared:2 - ext4 /dev/vda2 rw
31 22 0:26 / /var/libx rw,noexec shared:3 - tmpfs tmpfs rw
32 30 0:27 / /var/lib rw,relatime shared:4 - ext4 /dev/vda3 rw
33 32 0:28 / /var/lib ro,noexec shared:5 - ext4 /dev/vda4 rw
`;

it.each([
  ['/var/lib/isogate', 'ro,noexec'],
  ['/var/log', 'rw,nosuid,nodev'],
  ['/var/libx', 'rw,noexec'],
  ['/srv', 'rw,relatime'],
])('%s lies on the last mount of the nearest point', (path, options) => {
  expect(mountOptions(MOUNTINFO, path).join(',')).toBe(options);
});

const command = {
  jailer: '/b/jailer',
  firecracker: '/b/firecracker',
  instanceId: 'run-0',
  baseDir: '/var/lib/isogate/run',
};
const inside = firecrackerArgs({ instanceId: 'run-0', pci: true, told: { apiSocket: '/api' } }).slice(2);

it('the jailer is told to stay in the instance’s cgroup, in either version', () => {
  const common = '/b/jailer --id run-0 --exec-file /b/firecracker --uid 1900000001 --gid 1900000001';
  const base = '--chroot-base-dir /var/lib/isogate/run';
  const rest = '-- --api-sock /api --level Info --boot-timer --enable-pci';
  expect(jailerArgs({ ...command, cgroup: { version: 'v1', path: 'isogate/run/run-0' } }, inside).join(' ')).toBe(
    `${common} ${base} --cgroup-version 1 ${rest}`,
  );
  expect(jailerArgs({ ...command, cgroup: { version: 'v2', path: 'isogate/run/run-0/host' } }, inside).join(' ')).toBe(
    `${common} ${base} --cgroup-version 2 --parent-cgroup isogate/run/run-0/host ${rest}`,
  );
});
