/** A container as Docker users run it: the client, the daemon, containerd and a shim around the configured runtime. */

import { findProgram } from '../../host/find-program.ts';
import { askCommand, SYSTEM_PATH } from '../../lib/run-tool.ts';
import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import {
  installCommand,
  type Missing,
  NOTHING_MISSING,
  requireCgroup,
  requireCommand,
  requireDaemon,
  requireRoot,
} from '../requirements.ts';
import { type DockerInfo, explainDocker, parseDockerInfo, unsuitable } from './docker-info.ts';
import type { EngineRecord } from './engine-client.ts';
import { askEngine } from './engine-client.ts';
import { importImage } from './engine-image.ts';
import { type Engine, startEngine } from './engine-instance.ts';

const INFO_MS = 5_000;
const DEFAULT_HOST = 'unix:///var/run/docker.sock';

export function dockerIsolation(config: IsolationConfig): Isolation {
  return dockerWith(config, config.runtime, { installed: () => null, suitable: async () => null });
}

/** What a runtime needs besides being known to the daemon. */
export interface RuntimeNeeds {
  installed: () => Missing | null;
  suitable: (info: DockerInfo) => Promise<Missing | null>;
}

export function dockerWith(config: IsolationConfig, runtime: string | null, needs: RuntimeNeeds): Isolation {
  const binary = findProgram('docker') ?? 'docker';
  let opened: Promise<Engine> | null = null;
  // The daemon is asked once for what every start needs; after a failure it is asked again.
  const open = (): Promise<Engine> => {
    opened ??= openEngine(binary, runtime).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  return {
    config,
    async probe() {
      const absent = needs.installed();
      if (absent) return { version: null, ...absent };
      const client = await requireCommand({ what: 'docker', command: binary, package: 'docker.io' });
      const missing = client.missing ?? notDocker(client.version ?? '') ?? requireRoot(config.type) ?? requireCgroup();
      if (missing) return { version: client.version, ...missing };
      const host = await endpoint(binary);
      const unreachable = await requireEndpoint(host);
      if (unreachable) return { version: client.version, ...unreachable };
      const { info, problem: silence } = await askDaemon(record(binary, host), host);
      if (!info) return { version: client.version, ...silence };
      const version = `${client.version}; daemon ${info.version}, ${runtime ?? info.defaultRuntime}`;
      const problem = unsuitable(info, runtime) ?? (await needs.suitable(info));
      return { version, ...(problem ?? NOTHING_MISSING) };
    },
    async prepare(image, context) {
      await importImage((await open()).record, image, context);
    },
    async start(image, resources, context) {
      return startEngine(await open(), image, resources, context);
    },
  };
}

const notDocker = (version: string): Missing | null =>
  /podman/i.test(version)
    ? { reason: `docker on PATH is Podman’s: ${version}`, fix: installCommand('docker.io') }
    : null;

/** The daemon's address as the user's own `docker` would choose it; a context may name it. */
async function endpoint(binary: string): Promise<string> {
  const named = process.env['DOCKER_HOST'];
  if (named) return named;
  const answer = await askCommand(binary, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  return (answer.outcome === 'answered' && answer.stdout.trim()) || DEFAULT_HOST;
}

async function requireEndpoint(host: string): Promise<Missing | null> {
  const socketPath = host.match(/^unix:\/\/(.+)$/)?.[1];
  if (socketPath === undefined)
    return {
      reason: `docker speaks to ${host}: only a daemon on this machine, over a unix socket, can be measured`,
      fix: `DOCKER_HOST=${DEFAULT_HOST}`,
    };
  return requireDaemon({ what: 'the Docker daemon', socketPath, unit: 'docker', group: 'docker' });
}

/** A client without its user's configuration: that may add proxies to every container's environment. */
const record = (binary: string, host: string): EngineRecord => ({
  name: 'docker',
  command: [binary],
  env: { PATH: SYSTEM_PATH, DOCKER_HOST: host, DOCKER_CONFIG: '/nonexistent' },
  directories: [],
});

/** The daemon's description of itself, or why there is none. */
async function askDaemon(
  engine: EngineRecord,
  host: string,
): Promise<{ info: DockerInfo; problem: null } | { info: null; problem: Missing }> {
  const answer = await askEngine(engine, ['info', '--format', '{{json .}}'], INFO_MS);
  const info = answer.ok ? parseDockerInfo(answer.stdout) : null;
  return info ? { info, problem: null } : { info: null, problem: explainDocker(answer, host) };
}

async function openEngine(binary: string, runtime: string | null): Promise<Engine> {
  const host = await endpoint(binary);
  const engine = record(binary, host);
  const { info, problem } = await askDaemon(engine, host);
  if (!info) throw new Error(problem.reason);
  // A name without a value removes the variable, which Docker would add otherwise.
  return {
    record: engine,
    cgroupDriver: info.cgroupDriver,
    runtime,
    expectedRuntime: runtime,
    runArgs: ['--env', 'HOSTNAME'],
    removeArgs: ['rm', '--force', '--volumes'],
  };
}
