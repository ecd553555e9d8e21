/** The directory into which Firecracker's jailer locks it, and the image's files in there. */

import { chmodSync, chownSync, linkSync, mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DISK_STATE_ROOT, openDiskState } from '../../host/run-registry.ts';
import { VMM_UID } from '../../model/uids.ts';
import type { BootFiles } from './boot-files.ts';

export interface Jail {
  /** The jailer's `--chroot-base-dir`. */
  baseDir: string;
  /** What is `/` for whoever is inside, as the host sees it. */
  rootDir: string;
  remove(): Promise<void>;
}

/**
 * @param place `program` is the file name, without links, of what runs inside: the jailer names its directory after it
 * @param files as placed: they become `/kernel`, `/initramfs` and `/disk` inside
 */
export function makeJail(place: { runId: string; instanceId: string; program: string }, files: BootFiles): Jail {
  const { runId, instanceId, program } = place;
  const baseDir = openDiskState(runId);
  const instanceDir = join(baseDir, program, instanceId);
  const rootDir = join(instanceDir, 'root');
  mkdirSync(rootDir, { recursive: true });
  chmodSync(rootDir, 0o700);
  chownSync(rootDir, VMM_UID, VMM_UID);
  for (const [name, path] of Object.entries(files)) linkSync(path, join(rootDir, name));
  return { baseDir, rootDir, remove: () => rm(instanceDir, { recursive: true, force: true }) };
}

export interface JailerCommand {
  jailer: string;
  firecracker: string;
  instanceId: string;
  baseDir: string;
  cgroup: { version: 'v1' | 'v2'; path: string };
}

/**
 * It is started in the instance's cgroup and must stay there: without `--cgroup` it makes none, but under version 2 it
 * moves into its parent's, so that this has to be the same one (docs/jailer.md of Firecracker).
 */
export const jailerArgs = (command: JailerCommand, firecrackerArgs: string[]): string[] => [
  command.jailer,
  '--id',
  command.instanceId,
  '--exec-file',
  command.firecracker,
  '--uid',
  String(VMM_UID),
  '--gid',
  String(VMM_UID),
  '--chroot-base-dir',
  command.baseDir,
  ...(command.cgroup.version === 'v2'
    ? ['--cgroup-version', '2', '--parent-cgroup', command.cgroup.path]
    : ['--cgroup-version', '1']),
  '--',
  ...firecrackerArgs,
];

/** A jail holds device nodes and a program: its file system must allow both. Null when it does. */
export async function jailProblem(): Promise<{ reason: string; fix: string } | null> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  const options = mountOptions(mountinfo, DISK_STATE_ROOT);
  const denied = ['nodev', 'noexec'].filter((option) => options.includes(option));
  if (denied.length === 0) return null;
  return {
    reason: `the jailer needs device nodes and programs in ${DISK_STATE_ROOT}, whose file system is mounted ${denied.join(',')}`,
    fix: `mount a file system without ${denied.join(' and ')} at ${DISK_STATE_ROOT}`,
  };
}

/** Options of the mount that a path lies on, the last of the longest mount points (proc_pid_mountinfo(5)). */
export function mountOptions(mountinfo: string, path: string): string[] {
  let found = { point: '', options: '' };
  for (const line of mountinfo.split('\n')) {
    const [, , , , point = '', options = ''] = line.split(' ');
    const covers = point === '/' || path === point || path.startsWith(`${point}/`);
    if (point && covers && point.length >= found.point.length) found = { point, options };
  }
  return found.options.split(',');
}
