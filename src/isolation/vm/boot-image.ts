/** What a VMM boots of an image. */

import { InstanceError } from '../../model/errors.ts';
import type { FunctionImage, GuestDevices, GuestKernel } from '../../model/image.ts';

export interface BootImage {
  kernel: GuestKernel;
  initramfsPath: string;
  diskPath: string;
}

/** @throws InstanceError when the image has no VM disk, or its kernel lacks what these devices need */
export function bootImage(image: FunctionImage, devices: GuestDevices): BootImage {
  if (!image.vm) throw new InstanceError('start-failed', 'start', 'the image was built without a VM disk');
  const { kernel, diskPath } = image.vm;
  const initramfs = image.vm.initramfs[devices];
  if (initramfs.path === null) throw new InstanceError('start-failed', 'start', initramfs.problem);
  return { kernel, initramfsPath: initramfs.path, diskPath };
}
