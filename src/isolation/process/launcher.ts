/** Starts programs through the static agent's host-side mode, `agent launch` (src/guest/agent/launch.c). */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FunctionImage } from '../../model/image.ts';
import type { InstanceHome } from '../instance-home.ts';

export interface LaunchOptions {
  agentPath: string;
  cgroupProcs: string[];
  root?: string;
  /** Size of the /tmp in that root. */
  tmpBytes?: number;
  cwd?: string;
  netns?: boolean;
  /** System V and POSIX IPC of its own, which would not end with a process. */
  ipcns?: boolean;
  uid?: number;
  gid?: number;
  /** No program that is executed later gets any capability. */
  noBoundingSet?: boolean;
  /** A device node that the command gets for itself, whatever the host's permissions are. */
  device?: string;
  dieWithParent?: boolean;
  /** File descriptor 3, a socket, becomes the command's stdin and stdout. */
  channel?: boolean;
}

/** The launched program joins the cgroup before it does anything: all that it costs is charged to the instance. */
export function launchArgs(options: LaunchOptions, command: string[]): [file: string, args: string[]] {
  const args = ['launch'];
  for (const file of options.cgroupProcs) args.push('--cgroup', file);
  if (options.root !== undefined) args.push('--root', options.root);
  if (options.tmpBytes !== undefined) args.push('--tmp-bytes', String(options.tmpBytes));
  if (options.cwd !== undefined) args.push('--cwd', options.cwd);
  if (options.netns) args.push('--netns');
  if (options.ipcns) args.push('--ipcns');
  if (options.uid !== undefined) args.push('--uid', String(options.uid));
  if (options.gid !== undefined) args.push('--gid', String(options.gid));
  if (options.noBoundingSet) args.push('--no-bounding-set');
  if (options.device !== undefined) args.push('--device', options.device);
  if (options.channel) args.push('--channel');
  if (options.dieWithParent) args.push('--die-with-parent');
  return [options.agentPath, [...args, '--', ...command]];
}

export interface Launch {
  image: FunctionImage;
  home: InstanceHome;
  command: string[];
  /** All of the command's environment. */
  env: Record<string, string>;
  options: Omit<LaunchOptions, 'agentPath' | 'cgroupProcs'>;
}

/** Spawns a command in the instance's cgroup, by the agent of its image. */
export function launch({ image, home, command, env, options }: Launch, stdio: StdioOptions): ChildProcess {
  const agentPath = join(image.rootfsDir, '.isogate/agent');
  const [file, args] = launchArgs({ ...options, agentPath, cgroupProcs: home.cgroup.procsFiles }, command);
  return spawn(file, args, { env, cwd: '/', stdio });
}
