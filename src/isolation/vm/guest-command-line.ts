/** Pure: the kernel command line of every guest, and what differs by VMM. docs/reference/isolations.md lists the deviations. */

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
