/** Pure: the argument vector of a QEMU microvm. Devices and command line as docs/isolations.md explains them. */

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

/**
 * No serial console (one exit a byte), no keyboard probe, CPU entropy trusted so that nothing waits for randomness, no
 * doubts about the clock: on a busy host an emulated guest fails to calibrate it, and hangs (docs/isolations.md).
 */
const KERNEL_COMMAND_LINE = [
  'reboot=t panic=-1 quiet loglevel=1 8250.nr_uarts=0',
  'i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd',
  'random.trust_cpu=on cryptomgr.notests tsc=reliable no_timer_check',
].join(' ');

export const kernelCommandLine = (tscKhz: number | null): string =>
  tscKhz === null ? KERNEL_COMMAND_LINE : `${KERNEL_COMMAND_LINE} tsc_early_khz=${tscKhz}`;

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
    kernelCommandLine(options.tscKhz),
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
