/** What is known to disturb measurements on a host, each with a remedy. */

import { formatPercent } from '../lib/format.ts';
import type { Resources } from '../model/config.ts';
import type { HostDetails, HostFacts, ProbeResult } from '../model/probe.ts';
import type { Warning } from '../model/warnings.ts';

/** A vDSO reads these without entering the kernel (VDSO_CLOCKMODE_* in the kernel's arch/x86); any other costs a system call. */
const FAST_CLOCKS = ['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page', 'arch_sys_counter'];
/** Shares of the last ten seconds from which on blocks spread visibly; ours, from runs beside other load. */
const CPU_PRESSURE = 10;
const MEMORY_PRESSURE = 1;
const IO_PRESSURE = 10;
/** Above rounding errors: CPU time that one arm of a block had and another did not. */
const STEAL = 1;
/** Some pages of idle daemons lie in swap on any long-running host. */
const SWAP_USED_BYTES = 100 * 2 ** 20;
/** What a VMM may take besides its guest: QEMU's translation buffer. */
const VMM_BYTES = 2 ** 30;

type Host = Omit<HostFacts, 'warnings' | 'details'>;
type Look = (host: Host, details: HostDetails, resources: Resources) => string | null;

const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
const above = (share: number | null, limit: number): share is number => share !== null && share > limit;

/** In the order in which they matter. */
const LOOKS: Record<string, Look> = {
  'no-cgroup': ({ cgroup }) =>
    cgroup === 'none'
      ? 'no cgroup hierarchy is mounted: limits and memory cannot be had; `sudo mount -t cgroup2 none /sys/fs/cgroup`'
      : null,
  'busy-host': ({ loadAverage, cpus }) =>
    loadAverage > cpus / 2
      ? `the load average is ${loadAverage.toFixed(1)} on ${cpus} CPUs: stop what else runs here, or intervals will be wide`
      : null,
  'cpu-pressure': (_, { pressurePercent: { cpu } }) =>
    above(cpu, CPU_PRESSURE)
      ? `tasks waited for a CPU in ${formatPercent(cpu / 100)} of the last ten seconds; see who does: \`top\``
      : null,
  'memory-pressure': (_, { pressurePercent: { memory } }) =>
    above(memory, MEMORY_PRESSURE)
      ? `tasks waited for memory in ${formatPercent(memory / 100)} of the last ten seconds; see who holds it: \`ps aux --sort=-rss | head\``
      : null,
  'io-pressure': (_, { pressurePercent: { io } }) =>
    above(io, IO_PRESSURE)
      ? `tasks waited for disks in ${formatPercent(io / 100)} of the last ten seconds, and cold starts read files; see who does: \`sudo iotop -ao\``
      : null,
  steal: (_, { stealPercent }) =>
    above(stealPercent, STEAL)
      ? `the hypervisor gave ${formatPercent(stealPercent / 100)} of this machine's CPU time to others; only dedicated CPUs at its provider, or another time of day, change that`
      : null,
  // Frequency follows the load with a delay (admin-guide/pm/cpufreq.rst): short calls run at whatever it was before.
  governor: (_, { governors }) =>
    governors.some((name) => name !== 'performance')
      ? `CPU frequency follows the load (governor ${governors.join(', ')}); \`echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor\``
      : null,
  // LLVM's benchmarking guide, and others. Arms of a block run one after another, so most of it cancels out.
  turbo: (_, { turbo, governors }) =>
    turbo === 'on' && governors.length > 0
      ? 'turbo is on, so frequency changes with heat and neighbours; a lesser matter, as arms of one block meet it alike; `echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo` (intel_pstate) or `echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost`'
      : null,
  clocksource: (_, { clocksource, clocksources }) =>
    clocksource !== null && !FAST_CLOCKS.includes(clocksource)
      ? `every look at the clock is a system call with clock source ${clocksource}; ${
          clocksources.includes('tsc')
            ? '`echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource`'
            : 'this kernel found the TSC unusable: see `dmesg | grep -i tsc`'
        }`
      : null,
  // admin-guide/mm/ksm.rst: pages of guests are merged, at the cost of a scanning thread; then one guest's memory depends on others.
  ksm: (_, { ksm }) =>
    ksm
      ? 'equal pages of guests are merged (KSM), so memory of one depends on others; `echo 2 | sudo tee /sys/kernel/mm/ksm/run`'
      : null,
  swap: (_, details) =>
    details.swapUsedBytes > SWAP_USED_BYTES
      ? `${mib(details.swapUsedBytes)} are swapped out: memory is short or was, and what is swapped counts in no arm; \`sudo swapoff -a\``
      : null,
  'low-memory': (_, { availableMemoryBytes }, { memoryBytes, guestOverheadBytes }) => {
    const neededBytes = memoryBytes + guestOverheadBytes + VMM_BYTES;
    return availableMemoryBytes !== null && availableMemoryBytes < neededBytes
      ? `${mib(availableMemoryBytes)} of memory are available, and an emulated guest with its monitor may take ${mib(neededBytes)}; lower resources.memory, or stop what holds it`
      : null;
  },
  // KVM_CREATE_VM takes 27 ms more on v1 (Firecracker's snapshot-support.md and its issue 2129); crun runs on pure v2 only.
  'cgroup-layout': (_, { cgroupLayout }) =>
    cgroupLayout === 'v1' || cgroupLayout === 'hybrid'
      ? `cgroups are ${cgroupLayout === 'v1' ? 'version 1' : 'a hybrid of version 1 and 2'}: crun cannot run, and VMs start slower; boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line`
      : null,
  'other-guests': (_, { otherGuests }) =>
    otherGuests.length > 0
      ? `${otherGuests.length} container or VM processes of others run here (${otherGuests.slice(0, 5).join(', ')}${otherGuests.length > 5 ? ', …' : ''}): stop them while it measures`
      : null,
};

export const warningsOf = (host: Host, details: HostDetails, resources: Resources): Warning[] =>
  Object.entries(LOOKS).flatMap(([code, look]) => {
    const message = look(host, details, resources);
    return message === null ? [] : [{ code, message }];
  });

/** Guests within a guest: Kata closed its "slow Firecracker" (runtime issue 1622) with that its tests were nested. */
export const nestingWarning = (host: Host, probes: ProbeResult[]): Warning[] =>
  host.virtualised !== null && probes.some(({ usable, accelerator }) => usable && accelerator === 'kvm')
    ? [
        {
          code: 'nested-virtualisation',
          message: `this machine is virtual (${host.virtualised}), so its VMs run nested and start slower than on bare metal: hold their budgets against runs on such machines only`,
        },
      ]
    : [];
