/** The virtual machine of the stand-in: what is checked before it boots, in which order, and with which words. */

import { accessSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { type BootedGuest, bootGuest, type Guest } from './boot-qemu.ts';
import type { VmConfig } from './cloud-hypervisor-schema.ts';
import type { Tools } from './tools.ts';

/** Of the API: a status and a chain of ever closer causes. */
export class Refusal extends Error {
  readonly status: number;
  readonly causes: string[];

  constructor(status: number, causes: string[]) {
    super(causes.join(': '));
    this.status = status;
    this.causes = causes;
  }
}

const PAGE_BYTES = 4096;
const DEFAULT_MEMORY_BYTES = 512 * 2 ** 20;
const ELF = Buffer.from('\x7fELF');
const BZIMAGE = { at: 0x202, magic: Buffer.from('HdrS') };

export function defaultsFilledIn(config: VmConfig): VmConfig {
  return {
    ...config,
    cpus: config.cpus ?? { boot_vcpus: 1, max_vcpus: 1 },
    memory: config.memory ?? { size: DEFAULT_MEMORY_BYTES },
    rng: config.rng ?? { src: '/dev/urandom' },
    serial: config.serial ?? { mode: 'Null' },
    console: config.console ?? { mode: 'Tty' },
  };
}

/** @throws Refusal with the words of the real one (v53.0) */
export function boot(config: VmConfig, tools: Tools): Promise<BootedGuest> {
  const refuse = (...causes: string[]): never => {
    throw new Refusal(500, ['Error from API', 'The VM could not boot', ...causes]);
  };
  const invalid = (...causes: string[]): never => refuse('Failed to validate config', ...causes);
  const device = (...causes: string[]): never => refuse('Error from device manager', ...causes);
  const { payload, cpus, memory, vsock } = defaultsFilledIn(config);

  if (payload?.kernel === undefined)
    return invalid('Payload configuration is not bootable', 'No bootitem provided: neither firmware nor kernel');
  const [bootCpus, maxCpus] = [cpus?.boot_vcpus ?? 1, cpus?.max_vcpus ?? 1];
  if (maxCpus < bootCpus) invalid(`Max CPUs (${maxCpus}) lower than boot CPUs (${bootCpus})`);
  if (vsock && vsock.cid < 3) invalid(`${vsock.cid} is a special VSOCK CID`);
  const bytes = memory?.size ?? 0;
  if (bytes % PAGE_BYTES !== 0)
    refuse('Memory manager error', 'Memory size is misaligned with default page size or its hugepage size');
  for (const { path } of config.disks ?? []) {
    if (path === undefined) return device('No disk path was specified when one was expected');
    const why = unreadable(path);
    if (why !== null) device('Cannot open disk path', `I/O error (path=${path} op=open)`, why);
  }
  if (vsock && existsSync(vsock.socket))
    device(
      'Cannot create virtio-vsock backend',
      'Error binding to the host-side Unix socket',
      'Address already in use (os error 98)',
    );
  checkKernel(payload.kernel, refuse);
  const initramfs = payload.initramfs ?? null;
  const noInitramfs = initramfs === null ? null : unreadable(initramfs);
  if (noInitramfs !== null) refuse('Cannot open initramfs file', noInitramfs);
  // It would be a guest without a channel: no test of ours starts one.
  if (!vsock) return device('the stand-in boots no guest without a vsock device');
  return bootGuest(guestOf(config, payload.kernel, bytes, vsock), tools);
}

const guestOf = (
  config: VmConfig,
  kernelPath: string,
  bytes: number,
  vsock: NonNullable<VmConfig['vsock']>,
): Guest => ({
  bus: 'pci',
  cpus: config.cpus?.boot_vcpus ?? 1,
  memoryMib: Math.ceil(bytes / 2 ** 20),
  kernelPath,
  initramfsPath: config.payload?.initramfs ?? null,
  commandLine: config.payload?.cmdline ?? '',
  disks: (config.disks ?? []).map(({ path, readonly }) => ({ path: path ?? '', readOnly: readonly === true })),
  vsock: { cid: vsock.cid, udsPath: vsock.socket },
  entropy: true,
  restarts: true,
});

function checkKernel(path: string, refuse: (...causes: string[]) => never): void {
  const why = unreadable(path);
  if (why !== null) refuse('Cannot open kernel file', why);
  const head = Buffer.alloc(BZIMAGE.at + BZIMAGE.magic.length);
  readSync(openSync(path, 'r'), head);
  const isElf = head.subarray(0, ELF.length).equals(ELF);
  if (isElf || head.subarray(BZIMAGE.at).equals(BZIMAGE.magic)) return;
  refuse(
    'Cannot load the kernel into memory',
    'Kernel Loader: failed to load bzImage kernel image: Kernel Loader: Invalid bzImage',
    'Kernel Loader: Invalid bzImage',
  );
}

function unreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    return denied ? 'Permission denied (os error 13)' : 'No such file or directory (os error 2)';
  }
}
