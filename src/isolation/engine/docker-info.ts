/** Reads `docker info`, and finds what rules this daemon out. */

import * as v from 'valibot';
import { lastLine } from '../../lib/text.ts';
import type { Missing } from '../requirements.ts';
import type { EngineAnswer } from './engine-client.ts';

const Info = v.object({
  ServerVersion: v.pipe(v.string(), v.minLength(1)),
  OSType: v.optional(v.string(), 'linux'),
  CgroupDriver: v.optional(v.string(), 'cgroupfs'),
  DefaultRuntime: v.optional(v.string(), 'runc'),
  Runtimes: v.optional(v.nullable(v.record(v.string(), v.unknown())), {}),
  SecurityOptions: v.optional(v.nullable(v.array(v.string())), []),
  MemoryLimit: v.optional(v.boolean(), true),
});

export interface DockerInfo {
  version: string;
  os: string;
  cgroupDriver: 'cgroupfs' | 'systemd';
  defaultRuntime: string;
  runtimes: string[];
  rootless: boolean;
  limitsMemory: boolean;
}

/** Null for what is no answer of a daemon: a client that reaches none prints its own half. */
export function parseDockerInfo(text: string): DockerInfo | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Info), text);
  if (!parsed.success) return null;
  const info = parsed.output;
  return {
    version: info.ServerVersion,
    os: info.OSType,
    cgroupDriver: info.CgroupDriver === 'systemd' ? 'systemd' : 'cgroupfs',
    defaultRuntime: info.DefaultRuntime,
    runtimes: Object.keys(info.Runtimes ?? {}).sort(),
    rootless: (info.SecurityOptions ?? []).some((option) => option.startsWith('name=rootless')),
    limitsMemory: info.MemoryLimit,
  };
}

/** Why this daemon cannot run `runtime` as it is needed, or null. */
export function unsuitable(info: DockerInfo, runtime: string | null): Missing | null {
  if (info.os !== 'linux') return { reason: `the Docker daemon runs ${info.os} containers`, fix: null };
  if (info.rootless)
    return {
      reason: 'the Docker daemon is rootless: its containers cannot be put into the cgroups that measure them',
      fix: 'DOCKER_HOST=unix:///var/run/docker.sock  # the daemon that runs as root',
    };
  if (!info.limitsMemory)
    return {
      reason: 'the Docker daemon cannot limit memory: no memory controller',
      fix: 'docker info  # its warnings say why',
    };
  // Since Docker 23 a shim's own name, or its path, needs no configuration.
  if (runtime === null || info.runtimes.includes(runtime) || /^io\.containerd\.|^\//.test(runtime)) return null;
  const known = info.runtimes.filter((name) => !name.startsWith('io.containerd.')).join(', ');
  return {
    reason: `the Docker daemon knows no runtime "${runtime}"; it knows: ${known}`,
    fix: `name it under "runtimes" in /etc/docker/daemon.json, then: sudo systemctl restart docker`,
  };
}

/** What it means that the client answered `docker info` so. */
export function explainDocker(answer: EngineAnswer, host: string): Missing {
  const words = (!answer.ok && answer.problem) || answer.stdout;
  if (!answer.ok && answer.isSilent)
    return { reason: `the Docker daemon hangs: ${words}`, fix: 'sudo systemctl restart docker' };
  if (/permission denied/i.test(words))
    return {
      reason: `${host} does not open: permission denied`,
      fix: 'sudo usermod -aG docker "$USER"  # then log in again',
    };
  if (/cannot connect|connection refused|no such file/i.test(words))
    return { reason: `the Docker daemon is not running at ${host}`, fix: 'sudo systemctl start docker' };
  return { reason: `docker info: ${lastLine(words)}`, fix: null };
}
