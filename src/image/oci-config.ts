import type { HostCgroup } from '../host/cgroup.ts';
import type { Resources } from '../model/config.ts';
import type { ImageProcess } from '../model/image.ts';
import { seccompProfile } from './seccomp.ts';

/**
 * Docker's defaults for a container without extra rights, read in moby/moby (Apache-2.0), daemon/pkg/oci/defaults.go
 * and caps/defaults.go, master of 2025-2026. Left out: the thermal_throttle directories, which only some CPUs have,
 * and /sys/fs/cgroup, which the other arms do not show either.
 */
const CAPABILITIES = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_SETGID'],
  ...['CAP_SETUID', 'CAP_SETFCAP', 'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT', 'CAP_KILL'],
  'CAP_AUDIT_WRITE',
];
const MASKED = [
  ...['/proc/acpi', '/proc/asound', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats'],
  ...['/proc/sched_debug', '/proc/scsi', '/proc/timer_list', '/proc/timer_stats', '/sys/devices/virtual/powercap'],
  '/sys/firmware',
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
/** null, zero, full, random, urandom, tty and console; all other devices are denied. */
const DEVICES = [
  [1, 3],
  [1, 5],
  [1, 7],
  [1, 8],
  [1, 9],
  [5, 0],
  [5, 1],
] as const;

/**
 * The limits that the kernel gives its first process (INR_OPEN_CUR, INR_OPEN_MAX of linux/fs.h), so that guests have
 * the same.
 */
const OPEN_FILES = { soft: 1024, hard: 4096 };
const PIDS_LIMIT = 1024;

const plain = ['nosuid', 'noexec', 'nodev'];
const mount = (destination: string, type: string, source: string, options: string[]) => ({
  destination,
  type,
  source,
  options,
});
const MOUNTS = [
  mount('/proc', 'proc', 'proc', plain),
  mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
  mount('/dev/pts', 'devpts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
  mount('/dev/shm', 'tmpfs', 'shm', [...plain, 'mode=1777', 'size=65536k']),
  mount('/dev/mqueue', 'mqueue', 'mqueue', plain),
  mount('/sys', 'sysfs', 'sysfs', [...plain, 'ro']),
];

/** OCI runtime configuration (runtime-spec 1.0.2) of an image's process; lacks only `linux.cgroupsPath`. */
export function ociConfig(options: {
  process: ImageProcess;
  resources: Resources;
  rootfsDir: string;
  cgroup: HostCgroup;
}): Record<string, unknown> {
  const { process, resources, cgroup } = options;
  const { memoryBytes } = resources;
  const namespaces = ['pid', 'network', 'ipc', 'uts', 'mount', ...(cgroup.version === 'v2' ? ['cgroup'] : [])];
  return {
    ociVersion: '1.0.2',
    hostname: 'function',
    root: { path: options.rootfsDir, readonly: true },
    process: {
      terminal: false,
      user: { uid: process.uid, gid: process.gid },
      args: process.args,
      env: Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
      cwd: process.cwd,
      capabilities: { bounding: CAPABILITIES, effective: [], permitted: [], inheritable: [], ambient: [] },
      rlimits: [{ type: 'RLIMIT_NOFILE', ...OPEN_FILES }],
      noNewPrivileges: true,
    },
    mounts: [...MOUNTS, mount('/tmp', 'tmpfs', 'tmpfs', ['nosuid', 'nodev', 'mode=1777', `size=${process.tmpBytes}`])],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
      seccomp: seccompProfile(),
      resources: {
        memory: { limit: memoryBytes, ...(cgroup.swap ? { swap: memoryBytes } : {}) },
        pids: { limit: PIDS_LIMIT },
        devices: [
          { allow: false, access: 'rwm' },
          ...DEVICES.map(([major, minor]) => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
        ],
      },
    },
  };
}
