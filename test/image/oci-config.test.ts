import { expect, it } from 'vitest';
import { ociConfig } from '../../src/image/oci-config.ts';
import { seccompProfile } from '../../src/image/seccomp.ts';
import { RESOURCES } from './workshop.ts';

const ENV = { PATH: '/bin', TZ: 'UTC' };
const PROCESS = { args: ['/a', 'b'], env: ENV, cwd: '/function', uid: 5, gid: 6, tmpBytes: 1_048_576 };
const config = (version: 'v1' | 'v2', swap: boolean) =>
  // biome-ignore lint/suspicious/noExplicitAny: the document is JSON for runc, looked into here and there
  ociConfig({ process: PROCESS, resources: RESOURCES, rootfsDir: '/r', cgroup: { version, swap } }) as any;

it('mounts /tmp in the size that is asked for', () => {
  const tmp = config('v1', true).mounts.find((one: { destination: string }) => one.destination === '/tmp');
  expect(tmp.options).toEqual(['nosuid', 'nodev', 'mode=1777', 'size=1048576']);
});

it('describes the process, its user and the read-only root', () => {
  expect(config('v1', true)).toMatchObject({
    ociVersion: '1.0.2',
    root: { path: '/r', readonly: true },
    process: {
      args: ['/a', 'b'],
      env: ['PATH=/bin', 'TZ=UTC'],
      cwd: '/function',
      user: { uid: 5, gid: 6 },
      terminal: false,
      noNewPrivileges: true,
    },
  });
});

it('gives no capability but leaves Docker’s 14 in the bounding set', () => {
  const { bounding, ...others } = config('v1', true).process.capabilities;
  // Bits by linux/capability.h; the sum is what /proc/PID/status shows under Docker.
  const bits: Record<string, number> = {
    ...{ CAP_CHOWN: 0, CAP_DAC_OVERRIDE: 1, CAP_FOWNER: 3, CAP_FSETID: 4, CAP_KILL: 5, CAP_SETGID: 6, CAP_SETUID: 7 },
    ...{ CAP_SETPCAP: 8, CAP_NET_BIND_SERVICE: 10, CAP_NET_RAW: 13, CAP_SYS_CHROOT: 18, CAP_MKNOD: 27 },
    ...{ CAP_AUDIT_WRITE: 29, CAP_SETFCAP: 31 },
  };
  const mask = bounding.reduce((sum: number, name: string) => sum + 2 ** (bits[name] ?? Number.NaN), 0);
  expect(mask.toString(16)).toBe('a80425fb');
  expect(others).toEqual({ effective: [], permitted: [], inheritable: [], ambient: [] });
});

it('limits memory, and swap only where the machine accounts for it', () => {
  const limits = (swap: boolean) => config('v2', swap).linux.resources;
  expect(limits(true)).toMatchObject({ memory: { limit: 268435456, swap: 268435456 }, pids: { limit: 1024 } });
  expect(limits(false).memory).toEqual({ limit: 268435456 });
});

it('has a cgroup namespace under v2 only', () => {
  const types = (version: 'v1' | 'v2') =>
    config(version, true).linux.namespaces.map((namespace: { type: string }) => namespace.type);
  expect(types('v1')).toEqual(['pid', 'network', 'ipc', 'uts', 'mount']);
  expect(types('v2')).toEqual(['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup']);
});

it('allows what Docker’s seccomp profile allows', () => {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const profile = seccompProfile() as any;
  const names: string[] = profile.syscalls[0].names;
  expect(new Set(names).size).toBe(367);
  for (const name of ['read', 'execve', 'chroot', 'ptrace', 'arch_prctl', 'futex_waitv']) expect(names).toContain(name);
  const refused = [
    'mount',
    'unshare',
    'setns',
    'bpf',
    'keyctl',
    'add_key',
    'reboot',
    'kexec_load',
    'init_module',
    'clone',
    'clone3',
  ];
  for (const name of [
    ...refused,
    'perf_event_open',
    'userfaultfd',
    'io_uring_setup',
    'socket',
    'personality',
    'syslog',
  ])
    expect(names).not.toContain(name);
  expect(profile.syscalls.slice(1).map((rule: { names: string[] }) => rule.names[0])).toEqual([
    ...[
      'socket',
      'socket',
      'socket',
      'personality',
      'personality',
      'personality',
      'personality',
      'personality',
      'clone',
      'clone3',
    ],
  ]);
  expect(profile.syscalls.at(-2).args).toEqual([
    { index: 0, value: 2114060288, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' },
  ]);
  expect(profile.syscalls.at(-1)).toEqual({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
});
