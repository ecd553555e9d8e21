/** The image that a function is built into. */

import type { FunctionEnv } from './config.ts';

export interface GuestKernel {
  /** Uncompressed ELF with a PVH note. */
  vmlinuxPath: string;
  /**
   * The same kernel as a compressed boot image, for firmware that boots the standard way; null where there is only an
   * ELF file.
   */
  bzImagePath: string | null;
  /** `lib/modules/RELEASE` of this kernel, null when everything is built in. */
  modulesDir: string | null;
  release: string;
  digest: string;
}

/**
 * How a VMM presents the disk and the channel to its guest: the bus of its virtio devices, and the device of the
 * channel.
 */
export type VirtioBus = 'mmio' | 'pci';

export type ChannelDevice = 'serial' | 'vsock';

export type GuestDevices = `${VirtioBus}-${ChannelDevice}`;

/** An initramfs loads only the modules that these devices need; a kernel may lack some. */
export type Initramfs = { path: string; problem: null } | { path: null; problem: string };

/** The process that is started, the same in every arm. Paths are inside the root filesystem. */
export interface ImageProcess {
  /** `/.isogate/agent exec …` and then the language runtime. */
  args: string[];
  env: Record<string, string>;
  cwd: string;
  uid: number;
  gid: number;
  /** Size of its /tmp, which every arm mounts anew. */
  tmpBytes: number;
}

/** What runs the function. */
export interface ImageRuntime {
  name: 'node' | 'python' | 'command' | 'http' | 'null';
  version: string;
  /** Path of the Node or Python that runs it, which is the same on the machine that it comes from; absent where there is none. */
  interpreter?: string;
}

export interface FunctionImage {
  /** `sha256:…` over the content of the root filesystem and the process description. */
  digest: string;
  /**
   * One line that says where the root file system comes from, with digests that identify it; `host` for this machine.
   */
  source: string;
  rootfsDir: string;
  /** OCI bundle whose config.json lacks only what differs by instance (linux.cgroupsPath; root.path is absolute). */
  bundleDir: string;
  /** Null where no VM isolation was requested. */
  vm: { kernel: GuestKernel; initramfs: Record<GuestDevices, Initramfs>; diskPath: string } | null;
  process: ImageProcess;
  /** What the process gets by its channel, once it is started; in no file and on no command line. */
  env: FunctionEnv;
  runtime: ImageRuntime;
  /** Every file that an instance reads at its start; read into the page cache before each start. */
  warmFiles: string[];
}
