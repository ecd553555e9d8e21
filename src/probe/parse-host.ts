/** Parsers of /proc and /sys. */

/** First value of a `key : value` line of /proc/cpuinfo. */
export const field = (cpuinfo: string, key: string): string | undefined =>
  cpuinfo.match(new RegExp(`^${key}\\s*: (.*)$`, 'm'))?.[1]?.trim();

/** `Key:  123 kB` of /proc/meminfo, in bytes. */
export function meminfoBytes(meminfo: string, key: string): number | null {
  const kib = meminfo.match(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm'))?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** Share of the last ten seconds in which some task waited, in percent (Documentation/accounting/psi.rst). */
export function pressureOf(pressure: string): number | null {
  const share = pressure.match(/^some avg10=([\d.]+)/m)?.[1];
  return share === undefined ? null : Number(share);
}

/** Jiffies of all CPUs: total, and those that a hypervisor gave to others (proc_stat(5): the eighth number). */
export function cpuTimes(stat: string): { total: number; steal: number } | null {
  const numbers = stat
    .match(/^cpu +(.+)$/m)?.[1]
    ?.trim()
    .split(/\s+/)
    .map(Number);
  if (!numbers || numbers.length < 8) return null;
  // The ninth and tenth, of guests, are contained in the first two.
  return { total: numbers.slice(0, 8).reduce((sum, one) => sum + one, 0), steal: numbers[7] ?? 0 };
}

/** In percent; null where too little time passed to tell one part in a hundred. */
export function stealPercent(before: string, after: string): number | null {
  const [from, to] = [cpuTimes(before), cpuTimes(after)];
  if (!from || !to || to.total - from.total < 100) return null;
  return Math.round(((to.steal - from.steal) / (to.total - from.total)) * 1000) / 10;
}

/** The word in brackets of files such as `always [madvise] never`. */
export const chosen = (text: string): string | null => text.match(/\[([^\]]+)\]/)?.[1] ?? null;

/** Sum of the fourth column of /proc/swaps, in bytes. */
export const swapUsedBytes = (swaps: string): number =>
  swaps
    .split('\n')
    .slice(1)
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[3] ?? 0) * 1024, 0);

/** Which hierarchies /proc/mounts shows; `hybrid` where v1 controllers stand beside a v2 mount. */
export function cgroupLayout(mounts: string): 'v2' | 'hybrid' | 'v1' | 'none' {
  const types = mounts.split('\n').map((line) => line.split(' ')[2]);
  const [one, two] = [types.includes('cgroup'), types.includes('cgroup2')];
  if (one) return two ? 'hybrid' : 'v1';
  return two ? 'v2' : 'none';
}

/**
 * Name of the hypervisor below this kernel, null on bare metal. CPUID's signature cannot be had without native code: the
 * flag says that there is one, the firmware's tables and the clocks that it offers say which.
 */
export function hypervisorOf(
  cpuinfo: string,
  dmi: { vendor: string; product: string },
  clocksources: string[],
): string | null {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return null;
  const named = [dmi.vendor, dmi.product].filter(Boolean).join(' ');
  const byClock = [
    ['kvm-clock', 'KVM'],
    ['hyperv', 'Hyper-V'],
    ['xen', 'Xen'],
  ].find(([clock]) => clocksources.some((name) => name.startsWith(clock as string)))?.[1];
  if (byClock === undefined) return named || 'unnamed hypervisor';
  return named === '' ? byClock : `${byClock} (${named})`;
}

/** Process names of VMMs, sandboxes and container monitors; the kernel cuts them at 15 bytes. */
const GUEST_NAMES =
  /^(qemu-system-|firecracker|cloud-hyperviso|crosvm|VBoxHeadless|vmware-vmx|containerd-shim|conmon$|runsc-sandbox|kata-)/;
export const isGuest = (comm: string): boolean => GUEST_NAMES.test(comm);
