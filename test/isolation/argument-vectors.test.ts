import { describe, expect, it } from 'vitest';
import { launchArgs } from '../../src/isolation/process/launcher.ts';
import { type QemuOptions, qemuArgs } from '../../src/isolation/vm/qemu-args.ts';

const VM: QemuOptions = {
  machine: 'microvm',
  accelerator: 'kvm',
  cpus: 2,
  memoryBytes: 402_653_185,
  kernelPath: '/k/vmlinux',
  initramfsPath: '/i/initramfs',
  diskPath: '/d/disk',
  tscKhz: null,
  tscDeadline: true,
  sockets: { channel: '/r/channel', stderr: '/r/stderr', qmp: '/r/qmp' },
};

const KERNEL =
  'reboot=t panic=-1 quiet loglevel=1 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd random.trust_cpu=on cryptomgr.notests tsc=reliable no_timer_check';

const differing = (one: QemuOptions, other: QemuOptions): string[] => {
  const words = qemuArgs(other);
  return qemuArgs(one).filter((word) => !words.includes(word));
};

describe('QEMU', () => {
  it('microvm under KVM: without the timers that a deadline timer stands in for', () => {
    expect(qemuArgs(VM)).toEqual([
      ...['-name', 'isogate'],
      ...['-machine', 'microvm,accel=kvm,acpi=on,x-option-roms=off,isa-serial=off,pit=off,pic=off,rtc=off'],
      ...['-bios', 'qboot.rom', '-cpu', 'host', '-smp', '2', '-m', '385M'],
      ...['-nodefaults', '-no-user-config', '-nographic', '-no-reboot'],
      ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
      ...['-global', 'virtio-mmio.force-legacy=false'],
      ...['-kernel', '/k/vmlinux', '-initrd', '/i/initramfs', '-append', KERNEL],
      ...['-drive', 'id=disk,file=/d/disk,format=raw,if=none,readonly=on', '-device', 'virtio-blk-device,drive=disk'],
      ...['-object', 'rng-builtin,id=entropy', '-device', 'virtio-rng-device,rng=entropy'],
      ...['-device', 'virtio-serial-device'],
      ...['-chardev', 'socket,id=channel,path=/r/channel'],
      ...['-device', 'virtserialport,chardev=channel,name=isogate.channel'],
      ...['-chardev', 'socket,id=stderr,path=/r/stderr'],
      ...['-device', 'virtserialport,chardev=stderr,name=isogate.stderr'],
      ...['-chardev', 'socket,id=qmp,path=/r/qmp', '-mon', 'chardev=qmp,mode=control'],
    ]);
  });

  it('microvm on a CPU without a deadline timer keeps all timers', () => {
    expect(differing({ ...VM, tscDeadline: false }, VM)).toEqual([
      'microvm,accel=kvm,acpi=on,x-option-roms=off,isa-serial=off',
    ]);
  });

  it('microvm emulated: another machine and CPU, and the host’s time stamp counter; nothing else', () => {
    // The deadline timer of a host is no business of an emulated guest.
    expect(differing({ ...VM, accelerator: 'tcg', tscKhz: 2_600_000 }, VM)).toEqual([
      'microvm,accel=tcg,acpi=on,x-option-roms=off,isa-serial=off',
      'max',
      KERNEL.replace('reboot=t', 'reboot=t tsc_early_khz=2600000'),
    ]);
  });

  it.each(['kvm', 'tcg'] as const)(
    'q35 under %s: another machine and firmware, the same devices on PCI',
    (accelerator) => {
      const microvm = { ...VM, accelerator };
      expect(differing({ ...microvm, machine: 'q35', kernelPath: '/k/bzImage' }, microvm)).toEqual([
        ...[`q35,accel=${accelerator}`, 'bios-256k.bin', '/k/bzImage'],
        ...['virtio-blk-pci,drive=disk', 'virtio-rng-pci,rng=entropy', 'virtio-serial-pci'],
      ]);
    },
  );

  it('memory is whole MiB, never less than asked for', () => {
    const memory = (memoryBytes: number): string | undefined =>
      qemuArgs({ ...VM, memoryBytes })[qemuArgs(VM).indexOf('-m') + 1];
    expect([memory(2 ** 28), memory(2 ** 28 + 1), memory(2 ** 28 - 1)]).toEqual(['256M', '257M', '256M']);
  });
});

describe('launch', () => {
  const base = { agentPath: '/a/agent', cgroupProcs: ['/c/one', '/c/two'] };

  it('what is not asked for is not there', () => {
    expect(launchArgs(base, ['runc', 'run'])).toEqual([
      '/a/agent',
      ['launch', '--cgroup', '/c/one', '--cgroup', '/c/two', '--', 'runc', 'run'],
    ]);
  });

  it('everything', () => {
    const options = {
      ...{ ...base, root: '/root fs', cwd: '/function', netns: true, uid: 5, gid: 6, device: '/dev/kvm' },
      ...{ channel: true, dieWithParent: true },
    };
    expect(launchArgs(options, ['/bin/x', '--', '--uid', '0'])[1]).toEqual([
      ...['launch', '--cgroup', '/c/one', '--cgroup', '/c/two', '--root', '/root fs', '--cwd', '/function', '--netns'],
      ...['--uid', '5', '--gid', '6', '--device', '/dev/kvm', '--channel', '--die-with-parent'],
      ...['--', '/bin/x', '--', '--uid', '0'],
    ]);
  });

  it('user 0 is a user', () => {
    expect(launchArgs({ ...base, uid: 0, gid: 0 }, ['x'])[1]).toContain('--uid');
  });
});
