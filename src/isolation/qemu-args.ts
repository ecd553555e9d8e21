/** Pure: the argument vector of a QEMU microvm. Devices and command line as docs/isolations.md explains them. */

import { guestCommandLine } from './guest-command-line.ts';

export interface QemuOptions {
  accelerator: 'kvm' | 'tcg';
  cpus: number;
  memoryBytes: number;
  kernelPath: string;
  initramfsPath: string;
  diskPath: string;
  /** TCG only: the host's TSC, which its guests see. */
  tscKhz: number | null;
  sockets: { channel: string; stderr: string; qmp: string };
}

/** `reboot=t` with -no-reboot ends QEMU; a clock rate that is known need not be measured by an emulated timer. */
const deviations = (tscKhz: number | null): string[] => [
  'reboot=t',
  ...(tscKhz === null ? [] : [`tsc_early_khz=${tscKhz}`]),
];

export function qemuMicrovmArgs(options: QemuOptions): string[] {
  return [
    '-name',
    'isogate',
    '-machine',
    // The distribution's kernel finds virtio-mmio devices through ACPI; the PIT stays, TCG needs it for calibration.
    `microvm,accel=${options.accelerator},acpi=on,x-option-roms=off,isa-serial=off`,
    // Named, because distributions differ in the default: Debian 13's SeaBIOS does not start a kernel without option ROMs.
    '-bios',
    'qboot.rom',
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
    '-kernel',
    options.kernelPath,
    '-initrd',
    options.initramfsPath,
    '-append',
    guestCommandLine(deviations(options.tscKhz)),
    '-drive',
    `id=disk,file=${options.diskPath},format=raw,if=none,readonly=on`,
    '-device',
    'virtio-blk-device,drive=disk',
    '-device',
    'virtio-serial-device',
    '-chardev',
    `socket,id=channel,path=${options.sockets.channel}`,
    '-device',
    'virtserialport,chardev=channel,name=isogate.channel',
    '-chardev',
    `socket,id=stderr,path=${options.sockets.stderr}`,
    '-device',
    'virtserialport,chardev=stderr,name=isogate.stderr',
    '-chardev',
    `socket,id=qmp,path=${options.sockets.qmp}`,
    '-mon',
    'chardev=qmp,mode=control',
  ];
}
