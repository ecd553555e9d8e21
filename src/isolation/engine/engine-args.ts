/** The argument vectors and names by which an engine runs an image in the same way as all other arms. */

import type { Resources } from '../../model/config.ts';
import type { ImageProcess } from '../../model/image.ts';

export const RUN_LABEL = 'isogate.run';
const INSTANCE_LABEL = 'isogate.instance';

/** Repository names are of lower case letters, digits and single separators; a run's id is. */
export const imageReference = (runId: string, digest: string): string =>
  `localhost/isogate/${runId}:${digest.replace(/^sha256:/, '').slice(0, 32)}`;

export const containerName = (instanceId: string): string => `isogate-${instanceId}`;

/** systemd makes a slice's parents of the dashes in its name: the run's slice holds those of its instances. */
const sliceWord = (id: string): string => id.replaceAll('-', '_');
export const runSlicePath = (runId: string): string => `isogate.slice/isogate-${sliceWord(runId)}.slice`;
/** Whether a cgroup, as a path below the hierarchy's root, is the run's own where systemd rules. */
export const isInSlice = (path: string, runId: string): boolean =>
  path.startsWith(`${runSlicePath(runId)}/`) && !path.split('/').includes('..');
const instanceSlice = (runId: string, instanceId: string): string =>
  `isogate-${sliceWord(runId)}-${sliceWord(instanceId)}.slice`;

/** Where the engine puts the container: in the instance's own cgroup, or where systemd rules, in a slice of that name. */
export const cgroupParent = (driver: 'cgroupfs' | 'systemd', runId: string, instanceId: string): string =>
  driver === 'systemd' ? instanceSlice(runId, instanceId) : `/isogate/${runId}/${instanceId}`;

export interface RunOptions {
  runId: string;
  instanceId: string;
  image: string;
  process: ImageProcess;
  resources: Resources;
  cpuset: readonly number[];
  cgroupParent: string;
  seccompFile: string;
  runtime: string | null;
  /** What one engine needs and the other does not know. */
  extra: string[];
}

/** As the bundle of oci-config.ts says it, in an engine's words; what is not named is the engine's default. */
export function runArgs(options: RunOptions): string[] {
  const { process, resources } = options;
  const [entrypoint = '', ...args] = process.args;
  const memory = String(resources.memoryBytes);
  return [
    ...['run', '--interactive', '--attach', 'stdin', '--attach', 'stdout', '--attach', 'stderr'],
    '--sig-proxy=false',
    ...['--pull', 'never', '--name', containerName(options.instanceId)],
    ...['--label', `${RUN_LABEL}=${options.runId}`, '--label', `${INSTANCE_LABEL}=${options.instanceId}`],
    ...(options.runtime === null ? [] : ['--runtime', options.runtime]),
    ...['--network', 'none', '--ipc', 'private', '--userns', 'host', '--hostname', 'function'],
    ...['--user', `${process.uid}:${process.gid}`, '--workdir', process.cwd],
    '--read-only',
    ...['--tmpfs', `/tmp:rw,exec,nosuid,nodev,mode=1777,size=${process.tmpBytes}`],
    ...['--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${options.seccompFile}`],
    ...['--ulimit', 'nofile=1024:4096', '--pids-limit', '1024'],
    ...['--memory', memory, '--memory-swap', memory, '--cpuset-cpus', options.cpuset.join(',')],
    ...['--cgroup-parent', options.cgroupParent],
    // The channel is no log: a driver would write every message to the host's disk.
    ...['--log-driver', 'none'],
    ...options.extra,
    ...Object.entries(process.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...['--entrypoint', entrypoint, options.image, ...args],
  ];
}
