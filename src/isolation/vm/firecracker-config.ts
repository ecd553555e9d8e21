/**
 * What Firecracker is told, named as its published API description (src/firecracker/swagger/firecracker.yaml) names
 * it. As one document it is a configuration file; its parts are the bodies of the API's calls.
 */

import { GUEST_CID, guestCommandLine } from './guest-boot.ts';

export interface FirecrackerConfig {
  'machine-config': { vcpu_count: number; mem_size_mib: number; smt: boolean };
  'boot-source': { kernel_image_path: string; initrd_path: string; boot_args: string };
  drives: { drive_id: string; path_on_host: string; is_root_device: boolean; is_read_only: boolean }[];
  vsock: { guest_cid: number; uds_path: string };
  entropy: Record<string, never>;
}

export interface FirecrackerOptions {
  cpus: number;
  memoryBytes: number;
  pci: boolean;
  /** All paths as Firecracker sees them, which in a jail is from the jail's root. */
  kernelPath: string;
  initramfsPath: string;
  diskPath: string;
  /** The guest's port N is the socket `<vsockPath>_N`. */
  vsockPath: string;
}

/** Where the boot timer's byte is on x86_64 (BOOT_DEVICE_MEM_START of src/vmm/src/arch/x86_64/layout.rs). */
const BOOT_TIMER = '0xc0000000';

/**
 * It ends when the guest reboots by the keyboard controller; without PCI there is none to look for. The last word is the
 * agent's: it tells the boot timer that the first process runs.
 */
const deviations = (pci: boolean): string[] => [
  'reboot=k',
  ...(pci ? [] : ['pci=off']),
  `isogate.boot-timer=${BOOT_TIMER}`,
];

export const firecrackerConfig = (options: FirecrackerOptions): FirecrackerConfig => ({
  'machine-config': {
    vcpu_count: options.cpus,
    mem_size_mib: Math.ceil(options.memoryBytes / 2 ** 20),
    smt: false,
  },
  'boot-source': {
    kernel_image_path: options.kernelPath,
    initrd_path: options.initramfsPath,
    boot_args: guestCommandLine(deviations(options.pci)),
  },
  // Not the root device: that would add `root=` to the command line, and the initramfs mounts the disk itself.
  drives: [{ drive_id: 'disk', path_on_host: options.diskPath, is_root_device: false, is_read_only: true }],
  vsock: { guest_cid: GUEST_CID, uds_path: options.vsockPath },
  entropy: {},
});

/** Every call but the last, which starts the guest. */
export const firecrackerCalls = (config: FirecrackerConfig): { path: string; body: unknown }[] => [
  { path: '/machine-config', body: config['machine-config'] },
  { path: '/boot-source', body: config['boot-source'] },
  ...config.drives.map((drive) => ({ path: `/drives/${drive.drive_id}`, body: drive })),
  { path: '/vsock', body: config.vsock },
  { path: '/entropy', body: config.entropy },
];

export const INSTANCE_START = { path: '/actions', body: { action_type: 'InstanceStart' } } as const;

export interface FirecrackerCommand {
  instanceId: string;
  pci: boolean;
  /** Paths as Firecracker sees them; it is told by the one or by the other. */
  told: { apiSocket: string } | { configFile: string };
}

export const firecrackerArgs = ({ instanceId, pci, told }: FirecrackerCommand): string[] => [
  '--id',
  instanceId,
  ...('apiSocket' in told ? ['--api-sock', told.apiSocket] : ['--no-api', '--config-file', told.configFile]),
  // The boot timer's line is logged at this level.
  '--level',
  'Info',
  '--boot-timer',
  ...(pci ? ['--enable-pci'] : []),
];

/** Microseconds from the machine's making to its first process, as the boot timer's line of the log tells them. */
export const bootTimerUs = (log: string): string | null => log.match(/Guest-boot-time =\s*(\d+) us/)?.[1] ?? null;
