/** Facts of this host, and warnings about what will disturb measurements. */

import { readdir, readFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CGROUP_MOUNT, cgroupVersion } from '../host/cgroup.ts';
import type { Resources } from '../model/config.ts';
import type { HostDetails, HostFacts, ProbeResult } from '../model/probe.ts';
import {
  cgroupLayout,
  chosen,
  field,
  hypervisorOf,
  isGuest,
  meminfoBytes,
  pressureOf,
  stealPercent,
  swapUsedBytes,
} from './parse-host.ts';

import { nestingWarning, warningsOf } from './warn-host.ts';

const CPU = '/sys/devices/system/cpu';
const CLOCK = '/sys/devices/system/clocksource/clocksource0';
/** Steal is counted in hundredths of a second. */
const WATCH_MS = 600;

export interface HostWatch {
  /** Load and pressure are those of before; steal is that of the time since. Resolves 0.6 s after the watch began, or at once. */
  facts(resources: Resources, probes: ProbeResult[]): Promise<HostFacts>;
}

/** To be begun before anything of ours loads the host. `root` is where /proc and /sys are found. */
export async function watchHost(root = '/'): Promise<HostWatch> {
  const files = hostFiles(root);
  const beganMs = performance.now();
  const before = await files.text('/proc/stat');
  const host = await plainFacts(files, root);
  const details = await detailsOf(files);
  return {
    async facts(resources, probes) {
      await sleep(Math.max(0, WATCH_MS - (performance.now() - beganMs)));
      const full = { ...details, stealPercent: stealPercent(before, await files.text('/proc/stat')) };
      const warnings = [...warningsOf(host, full, resources), ...nestingWarning(host, probes)];
      return { ...host, warnings, details: full };
    },
  };
}

async function plainFacts(files: HostFiles, root: string): Promise<Omit<HostFacts, 'warnings' | 'details'>> {
  const [cpuinfo, vendor, product, clocks] = await Promise.all([
    files.text('/proc/cpuinfo'),
    files.text('/sys/class/dmi/id/sys_vendor'),
    files.text('/sys/class/dmi/id/product_name'),
    files.text(`${CLOCK}/available_clocksource`),
  ]);
  return {
    cpuModel: field(cpuinfo, 'model name') ?? 'unknown',
    cpus: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    cgroup: cgroupVersion(join(root, CGROUP_MOUNT)),
    virtualised: hypervisorOf(cpuinfo, { vendor, product }, clocks.split(' ')),
    mitigations: await mitigations(files),
    loadAverage: loadavg()[0] ?? 0,
  };
}

async function mitigations(files: HostFiles): Promise<Record<string, string>> {
  const names = await files.names(`${CPU}/vulnerabilities`);
  const pairs = names.map(async (name) => [name, await files.text(`${CPU}/vulnerabilities/${name}`)]);
  return Object.fromEntries(await Promise.all(pairs));
}

async function detailsOf(files: HostFiles): Promise<Omit<HostDetails, 'stealPercent'>> {
  const [meminfo, clocksource, clocksources, ksm, entropy, nodes] = await Promise.all([
    files.text('/proc/meminfo'),
    files.text(`${CLOCK}/current_clocksource`),
    files.text(`${CLOCK}/available_clocksource`),
    files.text('/sys/kernel/mm/ksm/run'),
    files.text('/proc/sys/kernel/random/entropy_avail'),
    files.names('/sys/devices/system/node'),
  ]);
  return {
    ...(await topology(files)),
    ...(await frequency(files)),
    microcode: field(await files.text('/proc/cpuinfo'), 'microcode') ?? null,
    kvm: await kvmModules(files),
    cgroupLayout: cgroupLayout(await files.text('/proc/mounts')),
    availableMemoryBytes: meminfoBytes(meminfo, 'MemAvailable'),
    swapUsedBytes: swapUsedBytes(await files.text('/proc/swaps')),
    numaNodes: Math.max(1, nodes.filter((name) => /^node\d+$/.test(name)).length),
    clocksource: clocksource || null,
    clocksources: clocksources.split(' ').filter(Boolean),
    ksm: ksm === '' ? null : ksm === '1',
    transparentHugePages: chosen(await files.text('/sys/kernel/mm/transparent_hugepage/enabled')),
    entropyBits: entropy === '' ? null : Number(entropy),
    pressurePercent: await pressures(files),
    otherGuests: await otherGuests(files),
  };
}

const cpuNames = async (files: HostFiles): Promise<string[]> =>
  (await files.names(CPU)).filter((name) => /^cpu\d+$/.test(name));

/** Distinct values of a file of every CPU; CPUs that are off have none. */
async function ofEveryCpu(files: HostFiles, file: string): Promise<string[]> {
  const values = await Promise.all((await cpuNames(files)).map((name) => files.text(`${CPU}/${name}/${file}`)));
  return [...new Set(values.filter(Boolean))].sort();
}

async function topology(files: HostFiles): Promise<Pick<HostDetails, 'sockets' | 'cores' | 'smt'>> {
  const [sockets, cores, smt] = await Promise.all([
    ofEveryCpu(files, 'topology/physical_package_id'),
    ofEveryCpu(files, 'topology/thread_siblings_list'),
    files.text(`${CPU}/smt/control`),
  ]);
  const shared = cores.some((siblings) => /[,-]/.test(siblings));
  const off = ['off', 'forceoff'].includes(smt);
  return {
    sockets: Math.max(1, sockets.length),
    cores: Math.max(1, cores.length),
    smt: shared ? 'on' : off ? 'off' : 'none',
  };
}

async function frequency(files: HostFiles): Promise<Pick<HostDetails, 'governors' | 'energyPreferences' | 'turbo'>> {
  const [governors, energyPreferences, noTurbo, boost] = await Promise.all([
    ofEveryCpu(files, 'cpufreq/scaling_governor'),
    ofEveryCpu(files, 'cpufreq/energy_performance_preference'),
    files.text(`${CPU}/intel_pstate/no_turbo`),
    files.text(`${CPU}/cpufreq/boost`),
  ]);
  const on = noTurbo === '' ? boost : noTurbo === '0' ? '1' : '0';
  return { governors, energyPreferences, turbo: on === '' ? null : on === '1' ? 'on' : 'off' };
}

async function kvmModules(files: HostFiles): Promise<string[]> {
  const names = (await files.names('/sys/module')).filter((name) => name.startsWith('kvm_'));
  return Promise.all(
    names.map(async (name) => {
      const nested = await files.text(`/sys/module/${name}/parameters/nested`);
      if (nested === '') return name;
      return `${name}, nested ${['Y', '1'].includes(nested) ? 'on' : 'off'}`;
    }),
  );
}

async function pressures(files: HostFiles): Promise<HostDetails['pressurePercent']> {
  const [cpu, memory, io] = await Promise.all(
    ['cpu', 'memory', 'io'].map(async (what) => pressureOf(await files.text(`/proc/pressure/${what}`))),
  );
  return { cpu: cpu ?? null, memory: memory ?? null, io: io ?? null };
}

/** Without Isogate's own, which are known by their cgroups. */
async function otherGuests(files: HostFiles): Promise<string[]> {
  const pids = (await files.names('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const comm = await files.text(`/proc/${pid}/comm`);
      if (!isGuest(comm)) return [];
      return /\/isogate\//.test(await files.text(`/proc/${pid}/cgroup`)) ? [] : [`${comm} ${pid}`];
    }),
  );
  return found.flat();
}

interface HostFiles {
  /** Trimmed; empty where it is missing or unreadable. */
  text(path: string): Promise<string>;
  /** Names in a directory, in order; empty where it is missing. */
  names(path: string): Promise<string[]>;
}

const hostFiles = (root = '/'): HostFiles => ({
  text: async (path) => (await readFile(join(root, path), 'utf8').catch(() => '')).trim(),
  names: async (path) => (await readdir(join(root, path)).catch(() => [] as string[])).sort(),
});
