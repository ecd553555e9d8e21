/** The body of `PUT vm.create`, named as Cloud Hypervisor's API description (version 0.3.0) names it. */

import { GUEST_CID, guestCommandLine } from './guest-boot.ts';

export interface CloudHypervisorConfig {
  cpus: { boot_vcpus: number; max_vcpus: number };
  memory: { size: number };
  payload: { kernel: string; initramfs: string; cmdline: string };
  disks: { path: string; readonly: boolean; image_type: 'Raw' }[];
  rng: { src: string };
  vsock: { cid: number; socket: string };
  serial: { mode: 'Off' };
  console: { mode: 'Off' };
}

export interface CloudHypervisorOptions {
  cpus: number;
  memoryBytes: number;
  kernelPath: string;
  initramfsPath: string;
  diskPath: string;
  /** The guest's port N is the socket `<vsockPath>_N`. */
  vsockPath: string;
}

/** A guest that reboots is started anew by this VMM, and ends it when it powers off. */
const DEVIATIONS = ['isogate.end=power-off'];

export const cloudHypervisorConfig = (options: CloudHypervisorOptions): CloudHypervisorConfig => ({
  cpus: { boot_vcpus: options.cpus, max_vcpus: options.cpus },
  memory: { size: Math.ceil(options.memoryBytes / 2 ** 20) * 2 ** 20 },
  payload: {
    kernel: options.kernelPath,
    initramfs: options.initramfsPath,
    cmdline: guestCommandLine(DEVIATIONS),
  },
  // Not guessed from the disk's first bytes, which versions before 53 did; those that do not know the field ignore it.
  disks: [{ path: options.diskPath, readonly: true, image_type: 'Raw' }],
  rng: { src: '/dev/urandom' },
  vsock: { cid: GUEST_CID, socket: options.vsockPath },
  // Left out they would be a null device and this process's terminal.
  serial: { mode: 'Off' },
  console: { mode: 'Off' },
});
