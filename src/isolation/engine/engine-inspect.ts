/** What an engine says of a container of ours, and what the host's own files say to it. */

import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { killQuietly } from '../../host/cgroup.ts';
import { identifyFile } from '../evidence/host-evidence.ts';
import type { EngineRecord } from './engine-client.ts';
import { askEngine } from './engine-client.ts';
import { bareDigest } from './engine-image.ts';

const TIDYING_MS = 5_000;

const State = v.object({
  Pid: v.number(),
  StartedAt: v.string(),
  ExitCode: v.optional(v.number()),
  OOMKilled: v.optional(v.boolean()),
});
const Answer = v.object({
  Id: v.string(),
  Image: v.string(),
  State,
  // Docker's and Podman's key for the same.
  HostConfig: v.optional(v.object({ Runtime: v.optional(v.string()) })),
  OCIRuntime: v.optional(v.string()),
});

export interface Inspected {
  id: string;
  /** 0 when it does not run. */
  pid: number;
  /** Milliseconds since the epoch. */
  startedAtMs: number;
  /** Of a container that has ended; 137 is 128 + SIGKILL. */
  exitCode: number | null;
  ranOutOfMemory: boolean;
  runtime: string;
  imageId: string;
}

/** Reads what `inspect` says of one container; null for any other answer. */
export function parseInspect(text: string): Inspected | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.tuple([Answer])), text);
  if (!parsed.success) return null;
  const [{ Id: id, State: state, Image, HostConfig, OCIRuntime }] = parsed.output;
  return {
    id,
    pid: state.Pid,
    startedAtMs: Date.parse(state.StartedAt),
    exitCode: state.ExitCode ?? null,
    ranOutOfMemory: state.OOMKilled ?? false,
    runtime: OCIRuntime ?? HostConfig?.Runtime ?? '',
    imageId: bareDigest(Image),
  };
}

/** @throws Error when the engine does not answer, or not as expected */
export async function inspectContainer(engine: EngineRecord, name: string, timeoutMs: number): Promise<Inspected> {
  const answer = await askEngine(engine, ['inspect', '--type', 'container', name], timeoutMs);
  const inspected = answer.ok ? parseInspect(answer.stdout) : null;
  if (inspected) return inspected;
  throw new Error(answer.ok ? `${engine.name} says of a container: ${answer.stdout.slice(0, 200)}` : answer.problem);
}

/** What a runtime is, whatever it is called: by the host's own program that its first process executes. */
export type RuntimeKind = 'container' | 'sandbox' | 'vm';

const VMM = /^(qemu-system-.+|cloud-hypervisor|firecracker|containerd-shim-kata-v2|stratovirt)$/;

export async function kindOf(pid: number): Promise<RuntimeKind> {
  const exe = await readlink(`/proc/${pid}/exe`).catch(() => '');
  const name = basename(exe);
  const kind = name === 'runsc' ? 'sandbox' : VMM.test(name) ? 'vm' : 'container';
  // A container's image may hold a program of any name: only the host's file is the host's program.
  const [running, onHost] = await Promise.all([identifyFile(`/proc/${pid}/exe`), identifyFile(exe)]);
  return running !== null && running === onHost ? kind : 'container';
}

/** Which kind a runtime of this name has to be. */
export function kindOfName(runtime: string): RuntimeKind {
  const name = basename(runtime);
  if (/runsc|gvisor/i.test(name)) return 'sandbox';
  return /kata/i.test(name) ? 'vm' : 'container';
}

/** A container's monitor, one a container; never the daemon, which all containers share. */
const SHIM = /^(containerd-shim.*|conmon)$/;

/**
 * The parent of a container's first process; a VMM may have left its own, and is then looked for. Both have the container's
 * id among their arguments: a pid may have become another container's, and what is found is moved and killed with ours.
 */
export async function shimOf({ id, pid }: Pick<Inspected, 'id' | 'pid'>): Promise<number | null> {
  const isShim = async (candidate: number): Promise<boolean> => {
    const argv = await argvOf(candidate);
    return argv.includes(id) && SHIM.test(basename(argv[0] ?? '')) && (await uidOf(candidate)) === process.geteuid?.();
  };
  const parent = await parentOf(pid);
  if (parent !== null && (await isShim(parent))) return parent;
  for (const name of await readdir('/proc'))
    if (/^\d+$/.test(name) && (await isShim(Number(name)))) return Number(name);
  return null;
}

/**
 * Podman's monitor of a container (conmon) ends by becoming a client that tidies up after the container, and nobody waits
 * for it. What still runs after a while is killed: the container and its files are gone by then.
 */
export async function awaitTidying({ directories }: EngineRecord, container: string): Promise<void> {
  if (directories.length === 0) return;
  const deadline = performance.now() + TIDYING_MS;
  const tidies = (argv: string[]): boolean =>
    argv.includes('cleanup') &&
    directories.some((directory) => argv.includes(directory)) &&
    (basename(argv[0] ?? '') !== 'conmon' || argv.includes(container));
  // Three looks in a row, since one may miss the moment in which the monitor becomes the client.
  for (let looks = 0; looks < 3; looks++) {
    for (const pid of (await readdir('/proc')).map(Number).filter(Number.isInteger)) {
      if (!tidies(await argvOf(pid))) continue;
      looks = 0;
      if (performance.now() > deadline) killQuietly(pid);
    }
    if (performance.now() > deadline + TIDYING_MS) return;
    await sleep(20);
  }
}

const uidOf = (pid: number): Promise<number | null> =>
  stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => null,
  );

const argvOf = async (pid: number): Promise<string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');

async function parentOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const parent = Number(status.match(/^PPid:\s*(\d+)/m)?.[1] ?? 0);
  return parent > 1 ? parent : null;
}

/** Path of a process's cgroup below the mount point, by the memory controller's hierarchy or v2's. */
export async function cgroupPathOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  const path = text.match(/^\d+:memory:(.*)$/m)?.[1] ?? text.match(/^0::(.*)$/m)?.[1];
  return path === undefined || path === '/' ? null : path.slice(1);
}

/** File system type of a process's root, and `ro` or `rw` (proc_pid_mountinfo(5)). */
export async function rootMountOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
  const root = text.split('\n').findLast((line) => line.split(' ')[4] === '/');
  if (root === undefined) return null;
  const [before = '', after = ''] = root.split(' - ');
  return `${after.split(' ')[0]} ${before.split(' ')[5]?.split(',').includes('ro') ? 'ro' : 'rw'}`;
}

/** Proportional share of memory, in bytes; null for a process that is gone. */
export async function pssBytes(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kib = text.match(/^Pss:\s*(\d+) kB/m)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}
