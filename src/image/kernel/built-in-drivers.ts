import { readFileSync } from 'node:fs';
import { NotMeasurableError } from '../../model/errors.ts';
import type { ChannelDevice, GuestDevices, VirtioBus } from '../../model/image.ts';

/** What each driver calls itself in the kernel's memory: names of drivers and file systems, which no build strips. */
const NAMES: Record<VirtioBus | ChannelDevice | 'disk' | 'root', { text: string; option: string }> = {
  mmio: { text: 'virtio-mmio', option: 'CONFIG_VIRTIO_MMIO' },
  pci: { text: 'virtio-pci', option: 'CONFIG_VIRTIO_PCI' },
  serial: { text: 'virtio_console', option: 'CONFIG_VIRTIO_CONSOLE' },
  vsock: { text: 'vmw_vsock_virtio_transport', option: 'CONFIG_VIRTIO_VSOCKETS' },
  disk: { text: 'virtio_blk', option: 'CONFIG_VIRTIO_BLK' },
  root: { text: 'squashfs', option: 'CONFIG_SQUASHFS' },
};

/**
 * For a kernel without modules. A driver whose name is nowhere in the kernel is not in it: a guest would wait for its
 * disk or its channel until its time is up.
 *
 * @throws NotMeasurableError naming the options that the kernel was built without
 */
export function requireBuiltIn(vmlinuxPath: string, devices: GuestDevices): void {
  const vmlinux = readFileSync(vmlinuxPath);
  const [bus, channel] = devices.split('-') as [VirtioBus, ChannelDevice];
  const missing = ([bus, 'disk', channel, 'root'] as const)
    .filter((part) => !vmlinux.includes(`${NAMES[part].text}\0`))
    .map((part) => NAMES[part].option);
  if (missing.length === 0) return;
  throw new NotMeasurableError(
    `the guest kernel has no modules beside it and was built without ${missing.join(', ')}: put them beside it as lib/modules/RELEASE, or use a kernel that has all built in, as npm run kernel:build makes it`,
  );
}
