/** Starts an OCI bundle by a runtime's command line, detached, so that the container holds our pipes itself. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { InstanceError } from '../errors.ts';
import type { FunctionImage, Instance, Resources, StartContext } from '../types.ts';
import { type Cgroup, createCgroup } from './cgroup.ts';
import type { Rule } from './contradictions.ts';
import { launchArgs } from './launcher.ts';
import { CHANNEL_STDIO, startPiped } from './piped-instance.ts';

export interface OciRuntime {
  binary: string;
  /** Global options, before the verb; the state directory is added to them. */
  options: string[];
  /** Null where the runtime leaves its processes in the cgroup that it was started in. */
  cgroupsPath: ((cgroup: Cgroup) => string) | null;
  rules: Rule[];
}

/** Found by the sweep: `RUNDIR/state-BINARYNAME` holds the runtime's containers of this run. */
export const stateDirectory = (instanceDir: string): string => join(instanceDir, 'state');

const CLIENT_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

export async function startOci(
  runtime: OciRuntime,
  image: FunctionImage,
  resources: Resources,
  context: StartContext,
): Promise<Instance> {
  const startedMs = performance.now();
  const { instanceDir, instanceId } = context;
  await mkdir(instanceDir, { recursive: true, mode: 0o711 });
  const cgroup = await createCgroup(context.runId, instanceId, {
    cpuset: context.cpuset,
    memoryBytes: resources.memoryBytes,
  });
  await writeBundle(image.bundleDir, instanceDir, runtime.cgroupsPath?.(cgroup) ?? null);
  const pidFile = join(instanceDir, 'pid');
  const global = [...runtime.options, '--root', stateDirectory(instanceDir)];
  const [file, args] = launchArgs(
    { agentPath: join(image.rootfsDir, '.isogate/agent'), cgroupProcs: cgroup.procsFiles, channel: true },
    [runtime.binary, ...global, 'run', '--detach', '--bundle', instanceDir, '--pid-file', pidFile, instanceId],
  );
  const child = spawn(file, args, { env: CLIENT_ENV, cwd: '/', stdio: CHANNEL_STDIO });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let clientWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    clientWords = (clientWords + chunk.toString('utf8')).slice(-4096);
  });
  return startPiped({
    child,
    startedMs,
    cgroup,
    instanceDir,
    startTimeoutMs: context.startTimeoutMs,
    signal: context.signal,
    rules: runtime.rules,
    async created() {
      const [code] = await exited;
      if (code !== 0)
        throw new InstanceError(
          'start-failed',
          'start',
          `${runtime.binary} exited with code ${code}: ${clientWords.trim().slice(-500)}`,
        );
      return Number(await readFile(pidFile, 'utf8'));
    },
    async remove() {
      await execa(runtime.binary, [...global, 'delete', '--force', instanceId], { reject: false, timeout: 20_000 });
    },
  });
}

/** The image's bundle with what differs by instance filled in. */
async function writeBundle(bundleDir: string, instanceDir: string, cgroupsPath: string | null): Promise<void> {
  const config = JSON.parse(await readFile(join(bundleDir, 'config.json'), 'utf8'));
  if (cgroupsPath !== null) config.linux.cgroupsPath = cgroupsPath;
  await writeFile(join(instanceDir, 'config.json'), JSON.stringify(config));
}
