/** One cgroup for each instance, which holds all of its processes, on hosts with cgroup v2, v1 or hybrid hierarchies. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryWatch, Usage } from '../model/isolation.ts';
import { chargedBytesV1, chargedBytesV2, cpuMsV1, cpuMsV2, oomKills } from './cgroup-stats.ts';
import { watchPeak } from './memory-peak.ts';

export const CGROUP_MOUNT = '/sys/fs/cgroup';
/** Parent of all cgroups of ours; below it RUNID/INSTANCE. */
export const CGROUP_ROOT = 'isogate';
const V1_CONTROLLERS = ['memory', 'cpuacct', 'cpuset', 'pids'] as const;
/** `cpu` decides how busy processes share a CPU. It is left out only where the host has not mounted it. */
const v1Controllers = (): string[] => [...V1_CONTROLLERS, ...(existsSync(`${CGROUP_MOUNT}/cpu`) ? ['cpu'] : [])];
const PIDS_MAX = 1024;

export interface CgroupLimits {
  cpuset: number[];
  /** Null: not limited (a VM's memory is bounded by its guest). */
  memoryBytes: number | null;
}

export interface Cgroup {
  version: 'v1' | 'v2';
  /** What was asked for. */
  limits: CgroupLimits;
  /** In bytes, or `max`, as the kernel reads it back; null when it cannot be read. */
  memoryLimit(): Promise<string | null>;
  /** Writing `0` into each of them moves the writer in. */
  procsFiles: string[];
  /** For an OCI runtime's `linux.cgroupsPath`: a child, so that the runtime may make and remove it. */
  containerPath: string;
  usage(): Promise<Usage>;
  /** Whether the kernel killed a process in it because the memory limit was reached. */
  ranOutOfMemory(): Promise<boolean>;
  /** Largest charge so far, of it and all cgroups below, removed ones too; null where the kernel does not tell. */
  peakBytes(): Promise<number | null>;
  /** The largest charge from now on, of it and all cgroups below. From then on `peakBytes` counts from now as well, under v1. */
  watchPeak(): Promise<MemoryWatch>;
  pids(): Promise<number[]>;
}

export type CgroupVersion = 'v1' | 'v2' | 'none';

/**
 * `none` where neither version offers memory and cpuset to us. A hybrid host mounts an almost empty v2 beside v1, in which
 * the controllers that matter are.
 */
export function cgroupVersion(mount = CGROUP_MOUNT): CgroupVersion {
  if (existsSync(`${mount}/cgroup.controllers`)) return 'v2';
  return V1_CONTROLLERS.every((controller) => existsSync(`${mount}/${controller}`)) ? 'v1' : 'none';
}

/** What of cgroups the description of a container depends on. */
export interface HostCgroup {
  version: CgroupVersion;
  /** Whether swap is accounted for, so that a limit on it is not refused. */
  swap: boolean;
}

export function readHostCgroup(mount = CGROUP_MOUNT): HostCgroup {
  const version = cgroupVersion(mount);
  if (version !== 'v2') return { version, swap: existsSync(`${mount}/memory/memory.memsw.limit_in_bytes`) };
  // The root group has no limits of its own: any group below shows whether there are some.
  const below = readdirSync(mount, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return { version, swap: below.some((entry) => existsSync(`${mount}/${entry.name}/memory.swap.max`)) };
}

/** Where a cgroup path may exist: under v1 in every hierarchy, as an OCI runtime makes it in all that are mounted. */
export async function cgroupHierarchies(): Promise<string[]> {
  if (cgroupVersion() === 'v2') return [CGROUP_MOUNT];
  const names = await readdir(CGROUP_MOUNT).catch(() => []);
  return names.map((name) => `${CGROUP_MOUNT}/${name}`);
}

/**
 * Synchronous, because it is part of the start that is measured: by promises it takes five times as long.
 *
 * @throws Error when the kernel refuses a limit; the caller names the instance.
 */
export function createCgroup(runId: string, instanceId: string, limits: CgroupLimits): Cgroup {
  const version = cgroupVersion();
  if (version === 'none') throw new Error('no cgroup hierarchy with memory, cpuset and pids controllers is mounted');
  const path = `${CGROUP_ROOT}/${runId}/${instanceId}`;
  if (version === 'v2') {
    createV2(path, limits);
    return cgroupV2(path, limits);
  }
  createV1(path, limits);
  return cgroupV1(path, limits);
}

/** A cgroup that another program made, as an engine does for its container. */
export const existingCgroup = (path: string, limits: CgroupLimits): Cgroup =>
  cgroupVersion() === 'v2' ? cgroupV2(path, limits) : cgroupV1(path, limits);

function createV1(path: string, limits: CgroupLimits): void {
  for (const controller of v1Controllers()) mkdirSync(`${CGROUP_MOUNT}/${controller}/${path}`, { recursive: true });
  inheritCpusetV1(path);
  writeFileSync(`${CGROUP_MOUNT}/cpuset/${path}/cpuset.cpus`, limits.cpuset.join(','));
  writeFileSync(`${CGROUP_MOUNT}/pids/${path}/pids.max`, String(PIDS_MAX));
  if (limits.memoryBytes !== null)
    writeFileSync(`${CGROUP_MOUNT}/memory/${path}/memory.limit_in_bytes`, String(limits.memoryBytes));
}

/** A v1 cpuset is born empty and takes no process until it has CPUs and memory nodes: copy them down the path. */
function inheritCpusetV1(path: string): void {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const here = `${CGROUP_MOUNT}/cpuset/${parts.slice(0, depth).join('/')}`;
    const parent = here.slice(0, here.lastIndexOf('/'));
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (readFileSync(`${here}/${file}`, 'utf8').trim() === '')
        writeFileSync(`${here}/${file}`, readFileSync(`${parent}/${file}`, 'utf8').trim());
    }
  }
}

function createV2(path: string, limits: CgroupLimits): void {
  const parts = path.split('/');
  for (let depth = 0; depth < parts.length; depth++) {
    const parent = [CGROUP_MOUNT, ...parts.slice(0, depth)].join('/');
    writeFileSync(`${parent}/cgroup.subtree_control`, '+cpuset +cpu +memory +pids');
    mkdirSync(`${parent}/${parts[depth]}`, { recursive: true });
  }
  const here = `${CGROUP_MOUNT}/${path}`;
  writeFileSync(`${here}/cpuset.cpus`, limits.cpuset.join(','));
  writeFileSync(`${here}/pids.max`, String(PIDS_MAX));
  if (limits.memoryBytes !== null) writeFileSync(`${here}/memory.max`, String(limits.memoryBytes));
  // Processes may only live in leaves: ours in `host`, a container's in the child that its runtime makes.
  writeFileSync(`${here}/cgroup.subtree_control`, '+cpuset +cpu +memory +pids');
  mkdirSync(`${here}/host`, { recursive: true });
}

function cgroupV1(path: string, limits: CgroupLimits): Cgroup {
  const file = (controller: string, name: string): Promise<string> =>
    readFile(`${CGROUP_MOUNT}/${controller}/${path}/${name}`, 'utf8');
  return {
    version: 'v1',
    limits,
    memoryLimit: () => trimmedOrNull(file('memory', 'memory.limit_in_bytes')),
    // By `tasks` a program of one thread moves without the lock on all forks of the host, for which `cgroup.procs` makes
    // it wait: 9 ms of the control's cold start (cgroup_procs_write_start in the kernel's cgroup.c).
    procsFiles: v1Controllers().map((controller) => `${CGROUP_MOUNT}/${controller}/${path}/tasks`),
    containerPath: `/${path}/container`,
    async usage() {
      const memoryBytes = await readSettled(async () => {
        const kernelBytes = Number(await file('memory', 'memory.kmem.usage_in_bytes'));
        const counted = chargedBytesV1(await file('memory', 'memory.stat'), kernelBytes);
        return { counted, charged: Number(await file('memory', 'memory.usage_in_bytes')) };
      });
      return { memoryBytes, cpuMs: cpuMsV1(await file('cpuacct', 'cpuacct.usage')), source: 'cgroup-v1' };
    },
    // A v1 cgroup does not count what happened in those below it, and a container lives in one of its own.
    ranOutOfMemory: async () => (await oomKillsBelow(`${CGROUP_MOUNT}/memory/${path}`)) > 0,
    peakBytes: () => numberOrNull(file('memory', 'memory.max_usage_in_bytes')),
    watchPeak() {
      const directory = `${CGROUP_MOUNT}/memory/${path}`;
      return watchPeak({
        mark: `${directory}/memory.max_usage_in_bytes`,
        current: `${directory}/memory.usage_in_bytes`,
      });
    },
    pids: () => pidsBelow(`${CGROUP_MOUNT}/pids/${path}`),
  };
}

function cgroupV2(path: string, limits: CgroupLimits): Cgroup {
  const file = (name: string): Promise<string> => readFile(`${CGROUP_MOUNT}/${path}/${name}`, 'utf8');
  return {
    version: 'v2',
    limits,
    memoryLimit: () => trimmedOrNull(file('memory.max')),
    procsFiles: [`${CGROUP_MOUNT}/${path}/host/cgroup.procs`],
    containerPath: `/${path}/container`,
    async usage() {
      const memoryBytes = await readSettled(async () => {
        const counted = chargedBytesV2(await file('memory.stat'));
        return { counted, charged: Number(await file('memory.current')) };
      });
      return { memoryBytes, cpuMs: cpuMsV2(await file('cpu.stat')), source: 'cgroup-v2' };
    },
    ranOutOfMemory: async () => oomKills(await file('memory.events')) > 0,
    // From Linux 5.19 on.
    peakBytes: () => numberOrNull(file('memory.peak')),
    watchPeak() {
      const directory = `${CGROUP_MOUNT}/${path}`;
      return watchPeak({ mark: `${directory}/memory.peak`, current: `${directory}/memory.current` });
    },
    pids: () => pidsBelow(`${CGROUP_MOUNT}/${path}`),
  };
}

const SETTLE_STEP_MS = 10;
const SETTLE_STEPS = 50;

/**
 * The kernel adds up the statistics of the groups below only from time to time, so that memory which a container has just
 * given back may still be in them. They are read again as long as they say more than the charge, which is always exact.
 */
async function readSettled(read: () => Promise<{ counted: number; charged: number }>): Promise<number> {
  for (let step = 0; ; step++) {
    const { counted, charged } = await read();
    if (counted <= charged || step === SETTLE_STEPS) return Math.min(counted, charged);
    await sleep(SETTLE_STEP_MS);
  }
}

const trimmedOrNull = (text: Promise<string>): Promise<string | null> =>
  text.then(
    (found) => found.trim(),
    () => null,
  );

const numberOrNull = async (text: Promise<string>): Promise<number | null> => {
  const found = await trimmedOrNull(text);
  return found === null ? null : Number(found);
};

/** Process ids in a cgroup directory and all below it; empty when it is gone. */
async function pidsBelow(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const here of await cgroupsBelow(directory)) {
    const text = await readFile(`${here}/cgroup.procs`, 'utf8').catch(() => '');
    found.push(...text.split('\n').filter(Boolean).map(Number));
  }
  return found;
}

async function oomKillsBelow(directory: string): Promise<number> {
  let kills = 0;
  for (const here of await cgroupsBelow(directory))
    kills += oomKills(await readFile(`${here}/memory.oom_control`, 'utf8').catch(() => ''));
  return kills;
}

/** The directory and its descendants, deepest first; empty when it is gone. */
async function cgroupsBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => null);
  if (!entries) return [];
  const below: string[] = [];
  for (const entry of entries)
    if (entry.isDirectory()) below.push(...(await cgroupsBelow(`${directory}/${entry.name}`)));
  return [...below, directory];
}

/**
 * Kills every process below `isogate/…` and removes the cgroups, in whichever hierarchy they are.
 * @throws Error when something will not die or go within five seconds, naming it
 */
export async function destroyCgroups(path: string): Promise<void> {
  const directories = (await cgroupHierarchies()).map((root) => `${root}/${path}`).filter((here) => existsSync(here));
  const deadlineMs = performance.now() + 5_000;
  for (;;) {
    const left = await killAndRemove(directories);
    if (left.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`cgroup will not go away: ${left.join(', ')}`);
    await sleep(2);
  }
}

async function killAndRemove(directories: string[]): Promise<string[]> {
  for (const directory of directories) await killAll(directory);
  for (const directory of directories)
    for (const here of await cgroupsBelow(directory)) await rmdir(here).catch(() => {});
  return directories.filter((directory) => existsSync(directory));
}

async function killAll(directory: string): Promise<void> {
  // No more forks (v1) or an atomic kill (v2), so that a fork bomb cannot outrun the loop.
  await writeFile(`${directory}/pids.max`, '0').catch(() => {});
  await writeFile(`${directory}/cgroup.kill`, '1').catch(() => {});
  for (const pid of await pidsBelow(directory)) killQuietly(pid);
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already: that is what was wanted.
  }
}

/** Weight and quota of a new cgroup (kernel documentation: cgroup-v2.rst, and sched-design-CFS and sched-bwc for v1). */
const CPU_DEFAULTS = {
  v1: { 'cpu.shares': '1024', 'cpu.cfs_quota_us': '-1' },
  v2: { 'cpu.weight': '100', 'cpu.max': 'max 100000' },
} as const;

/**
 * How a process competes for its CPU: `equal` where it is in a cgroup of its own and nothing up to the root gives that
 * group another weight or a quota, `uncontrolled` where the host has no cpu controller, else what is different.
 */
export async function describeCpuShare(pid: number): Promise<string> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'));
  const version = cgroupVersion() === 'v2' ? 'v2' : 'v1';
  const line = lines.find(([, names = '']) => (version === 'v2' ? names === '' : names.split(',').includes('cpu')));
  if (line === undefined) return 'uncontrolled';
  const root = version === 'v2' ? CGROUP_MOUNT : `${CGROUP_MOUNT}/cpu`;
  let path = line.slice(2).join(':');
  if (path === '/') return 'the root group';
  for (; path !== '/' && path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    for (const [file, usual] of Object.entries(CPU_DEFAULTS[version])) {
      const found = await readFile(`${root}${path}/${file}`, 'utf8').then(
        (text) => text.trim(),
        () => usual,
      );
      if (found !== usual) return `${file} is ${found} in ${path}`;
    }
  }
  return 'equal';
}
