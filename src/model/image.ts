/** What a function is built into. */

export interface GuestKernel {
  /** Uncompressed ELF with a PVH note. */
  vmlinuxPath: string;
  /** The same kernel as a compressed boot image, for firmware that boots the standard way; null where only an ELF is had. */
  bzImagePath: string | null;
  /** `lib/modules/RELEASE` of this kernel, null when everything is built in. */
  modulesDir: string | null;
  release: string;
  digest: string;
}

/** How a VMM shows its guest the disk and the channel: the bus of its virtio devices, and what the channel is. */
export type VirtioBus = 'mmio' | 'pci';

export type ChannelDevice = 'serial' | 'vsock';

export type GuestDevices = `${VirtioBus}-${ChannelDevice}`;

/** An initramfs loads the modules that these devices need and no other; a kernel may lack some. */
export type Initramfs = { path: string; problem: null } | { path: null; problem: string };

/** What the started process is, the same in every arm. Paths are inside the root filesystem. */
export interface ImageProcess {
  /** `/.isogate/agent exec …` and then the language runtime. */
  args: string[];
  env: Record<string, string>;
  cwd: string;
  uid: number;
  gid: number;
}

export interface FunctionImage {
  /** `sha256:…` over the content of the root filesystem and the process description. */
  digest: string;
  /** One line on where the root file system comes from, with the digests that say which it was; `host`. */
  source: string;
  rootfsDir: string;
  /** OCI bundle whose config.json lacks only what differs by instance (linux.cgroupsPath, root.path is absolute). */
  bundleDir: string;
  /** Null where no VM isolation was asked for. */
  vm: { kernel: GuestKernel; initramfs: Record<GuestDevices, Initramfs>; diskPath: string } | null;
  process: ImageProcess;
  runtime: { name: 'node' | 'python' | 'command' | 'null'; version: string };
  /** Everything that an instance reads at start; read into the page cache before each start. */
  warmFiles: string[];
}
