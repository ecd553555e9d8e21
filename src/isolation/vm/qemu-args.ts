/** The argument vector of a QEMU guest. docs/reference/isolations.md explains the devices and the command line. */

import type { Accelerator } from '../../model/isolation-types.ts';
import { guestCommandLine } from './guest-boot.ts';

export type QemuMachine = 'microvm' | 'q35';

export interface QemuOptions {
  machine: QemuMachine;
  accelerator: Accelerator;
  cpus: number;
  memoryBytes: number;
  kernelPath: string;
  initramfsPath: string;
  diskPath: string;
  /** TCG only: the host's TSC, which its guests see. */
  tscKhz: number | null;
  /** Whether the host's CPU has a deadline timer in its local APIC. */
  tscDeadline: boolean;
  /** More words for the guest's command line, in front of all others. */
  words?: string[];
  sockets: { channel: string; stderr: string; qmp: string };
}

/** `reboot=t` with -no-reboot ends QEMU; a clock rate that is known need not be measured by an emulated timer. */
export const qemuDeviations = (tscKhz: number | null): string[] => [
  'reboot=t',
  ...(tscKhz === null ? [] : [`tsc_early_khz=${tscKhz}`]),
];

/**
 * The microvm's timers and interrupt controller of the PC go where nothing needs them: under KVM, with a deadline timer
 * (QEMU, docs/system/i386/microvm.rst). Under TCG a guest calibrates its clock by them, and hangs without.
 * The distribution's kernel finds virtio-mmio devices through ACPI.
 */
function machineOf({ machine, accelerator, tscDeadline }: QemuOptions): string {
  if (machine === 'q35') return `q35,accel=${accelerator}`;
  const bare = accelerator === 'kvm' && tscDeadline ? ',pit=off,pic=off,rtc=off' : '';
  return `microvm,accel=${accelerator},acpi=on,x-option-roms=off,isa-serial=off${bare}`;
}

/** Named, because distributions differ in the default: Debian 13's SeaBIOS does not start a microvm's kernel. */
const FIRMWARE: Record<QemuMachine, string> = { microvm: 'qboot.rom', q35: 'bios-256k.bin' };

/** Both have the same devices; virtio 1.x on both buses, where QEMU's mmio would be the older kind by itself. */
const BUS: Record<QemuMachine, string> = { microvm: 'device', q35: 'pci' };

export function qemuArgs(options: QemuOptions): string[] {
  const { machine, sockets } = options;
  const bus = BUS[machine];
  return [
    '-name',
    'isogate',
    '-machine',
    machineOf(options),
    '-bios',
    FIRMWARE[machine],
    '-cpu',
    options.accelerator === 'kvm' ? 'host' : 'max',
    '-smp',
    String(options.cpus),
    '-m',
    `${Math.ceil(options.memoryBytes / 2 ** 20)}M`,
    '-nodefaults',
    '-no-user-config',
    '-nographic',
    '-no-reboot',
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    ...(machine === 'microvm' ? ['-global', 'virtio-mmio.force-legacy=false'] : []),
    '-kernel',
    options.kernelPath,
    '-initrd',
    options.initramfsPath,
    '-append',
    guestCommandLine([...(options.words ?? []), ...qemuDeviations(options.tscKhz)]),
    '-drive',
    `id=disk,file=${options.diskPath},format=raw,if=none,readonly=on`,
    '-device',
    `virtio-blk-${bus},drive=disk`,
    '-object',
    'rng-builtin,id=entropy',
    '-device',
    `virtio-rng-${bus},rng=entropy`,
    '-device',
    `virtio-serial-${bus}`,
    '-chardev',
    `socket,id=channel,path=${sockets.channel}`,
    '-device',
    'virtserialport,chardev=channel,name=isogate.channel',
    '-chardev',
    `socket,id=stderr,path=${sockets.stderr}`,
    '-device',
    'virtserialport,chardev=stderr,name=isogate.stderr',
    '-chardev',
    `socket,id=qmp,path=${sockets.qmp}`,
    '-mon',
    'chardev=qmp,mode=control',
  ];
}
