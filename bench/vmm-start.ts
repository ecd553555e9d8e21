/** How long a VMM takes until its API answers, by the wall and by its CPU: the first promise of Firecracker's SPECIFICATION. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../src/host/find-program.ts';
import type { HostClaim } from '../src/isolation/cleanup/claim-host.ts';
import { launchArgs } from '../src/isolation/process/launcher.ts';
import { untilListening } from '../src/isolation/vm/vmm-api.ts';
import { VMM_UID } from '../src/model/uids.ts';
import type { KvmPart } from './kvm-parts.ts';

const START_MS = 10_000;

export interface VmmStart {
  wallMs: number;
  cpuMs: number;
}

/** Started as an instance's VMM is, but for the cgroup. From before the spawn to its API's first answer to a connection. */
export async function startIdleVmm(
  idle: NonNullable<KvmPart['idle']>,
  claim: HostClaim,
  agentPath: string,
): Promise<VmmStart> {
  const directory = join(claim.directory, 'idle-vmm');
  mkdirSync(directory);
  chownSync(directory, VMM_UID, VMM_UID);
  const socket = join(directory, 'api');
  const [file, args] = launchArgs(
    { agentPath, cgroupProcs: [], uid: VMM_UID, gid: VMM_UID, device: '/dev/kvm', dieWithParent: true },
    [findProgram(idle.program) ?? idle.program, ...idle.args(socket)],
  );
  const over = new AbortController();
  const startedMs = performance.now();
  const child = spawn(file, args, { env: { PATH: '/usr/bin:/bin' }, cwd: '/', stdio: 'ignore' });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${idle.program} ended with ${signal ?? `code ${code}`} before its API was up`);
  });
  ended.catch(() => {});
  try {
    await Promise.race([untilListening(socket, AbortSignal.any([over.signal, AbortSignal.timeout(START_MS)])), ended]);
    return { wallMs: performance.now() - startedMs, cpuMs: cpuMsOf(child) };
  } finally {
    over.abort();
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(directory, { recursive: true });
  }
}

/** Of all its threads that still live; schedstat's first number is nanoseconds on a CPU (Linux, sched-stats.rst). */
function cpuMsOf({ pid }: ChildProcess): number {
  const tasks = `/proc/${pid}/task`;
  const ns = readdirSync(tasks).map((tid) => Number(readFileSync(join(tasks, tid, 'schedstat'), 'utf8').split(' ')[0]));
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}
