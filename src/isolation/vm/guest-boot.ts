/** What all VMMs share about a guest's boot: the files, the kernel's command line, the ports of the agent. */

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

/** Ports that the guest's agent dials; the same numbers stand in src/guest/agent/channel.c. */
export const CHANNEL_PORT = 1024;

export const STDERR_PORT = 1025;

/** Any from 3 on: it has a meaning inside one guest only. */
export const GUEST_CID = 3;

/**
 * No serial console (one exit a byte), no keyboard probe, CPU entropy trusted so that nothing waits for randomness, no
 * doubts about the clock: on a busy host an emulated guest fails to calibrate it, and hangs (docs/reference/isolations.md).
 */
const COMMON = [
  'panic=-1 quiet loglevel=1 8250.nr_uarts=0',
  'i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd',
  'random.trust_cpu=on cryptomgr.notests tsc=reliable no_timer_check',
].join(' ');

/** `deviations` are the words that one VMM needs, such as how it is told that the guest reboots. */
export const guestCommandLine = (deviations: readonly string[]): string => [...deviations, COMMON].join(' ');
