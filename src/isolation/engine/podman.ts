/** A container as Podman users run it: the client, conmon and the configured runtime, with a store of the run's own. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cgroupVersion } from '../../host/cgroup.ts';
import { findProgram } from '../../host/find-program.ts';
import { NASCENT, openDiskState, STATE_ROOT } from '../../host/run-registry.ts';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import type { IsolationConfig } from '../../model/config.ts';
import { InstanceError, messageOf } from '../../model/errors.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Isolation, StartContext } from '../../model/isolation.ts';
import { NOTHING_MISSING, requireCgroup, requireCommand, requireRoot } from '../requirements.ts';
import { askEngine, type EngineRecord, runDirectory } from './engine-client.ts';
import { importImage } from './engine-image.ts';
import { type Engine, startEngine } from './engine-instance.ts';
import { explainPodman, type PodmanInfo, parsePodmanInfo } from './podman-info.ts';

const OLDEST_VERSION = '4.0';
const INFO_MS = 10_000;

/**
 * Docker's capabilities, of which a function's user gets none, and nothing else of anybody's configuration. Locks are
 * files of this store: those in shared memory would be the system's, and not end with it.
 */
const CONTAINERS_CONF = `[containers]
default_capabilities = ["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP",
  "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"]
default_sysctls = []
env = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
`;

/** containers.conf(5) sets a limit on processes that not every root may raise; the cgroup's is lower than this one. */
const RUN_ARGS = ['--ulimit', 'nproc=4096:4096', '--read-only-tmpfs=false', '--unsetenv-all'];

export function podmanIsolation(config: IsolationConfig): Isolation {
  const binary = findProgram('podman') ?? 'podman';
  let asked: Promise<PodmanInfo> | null = null;
  const info = (): Promise<PodmanInfo> => {
    asked ??= askInfo(binary, config.runtime).catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  };
  const open = async (runId: string): Promise<Engine> => {
    const { runtimePath } = await info();
    return {
      record: store(binary, runtimePath, runId),
      cgroupDriver: 'cgroupfs',
      // Chosen by a global option, which the record carries: the sweep's client has to know it too.
      runtime: null,
      expectedRuntime: config.runtime === null ? null : basename(runtimePath),
      runArgs: RUN_ARGS,
      removeArgs: ['rm', '--force', '--volumes', '--time', '0'],
    };
  };
  return {
    config,
    async probe() {
      const need = { what: 'podman', command: binary, package: 'podman', atLeast: OLDEST_VERSION };
      const { version, missing } = await requireCommand(need);
      const more = missing ?? requireRoot('podman') ?? requireCgroup();
      if (more) return { version, ...more };
      try {
        return { version: `${version}; ${(await info()).runtimeVersion}`, ...NOTHING_MISSING };
      } catch (error) {
        const words = messageOf(error);
        if (error instanceof SilentClientError) return { version, reason: words, fix: null };
        return { version, ...explainPodman(words, config.runtime) };
      }
    },
    async prepare(image, context) {
      await prepare(await open(context.runId), image, context);
    },
    async start(image, resources, context) {
      const engine = await open(context.runId);
      await prepare(engine, image, context);
      return startEngine(engine, image, resources, context);
    },
  };
}

async function prepare(
  engine: Engine,
  image: FunctionImage,
  context: Pick<StartContext, 'runId' | 'signal'>,
): Promise<void> {
  mkdirSync(stateDirectory(context.runId), { recursive: true, mode: 0o711 });
  writeFileSync(confPath(context.runId), CONTAINERS_CONF);
  await importImage(engine.record, image, context);
}

const stateDirectory = (runId: string): string => join(runDirectory(runId), 'podman');
const confPath = (runId: string): string => join(runDirectory(runId), 'containers.conf');

/** Images on disk, where others have them too; state on the tmpfs of the run. */
function store(binary: string, runtimePath: string, runId: string): EngineRecord {
  const state = stateDirectory(runId);
  // Podman makes this directory for root alone, since it holds set-id programs of images. A jail beside it must be open.
  const disk = join(openDiskState(runId), 'podman');
  return {
    name: 'podman',
    command: [
      binary,
      ...places({ root: disk, run: join(state, 'run'), tmp: join(state, 'tmp') }),
      ...['--storage-driver', 'overlay', '--runtime', runtimePath],
    ],
    env: { PATH: SYSTEM_PATH, CONTAINERS_CONF: confPath(runId) },
    directories: [state, disk],
  };
}

const places = ({ root, run, tmp }: Record<'root' | 'run' | 'tmp', string>): string[] => [
  ...['--root', root, '--runroot', run, '--tmpdir', tmp, '--cgroup-manager', 'cgroupfs'],
];

/** What podman complains of is explained by its words; when it says nothing in time, there are none. */
class SilentClientError extends InstanceError {}

/**
 * With the user's own configuration, in which the runtimes are; in a store that is thrown away and mounts nothing, and that
 * the sweep finds. Podman takes no path for its state of more than 50 characters: not below just any TMPDIR.
 */
async function askInfo(binary: string, runtime: string | null): Promise<PodmanInfo> {
  mkdirSync(STATE_ROOT, { recursive: true, mode: 0o755 });
  const scratch = await mkdtemp(join(STATE_ROOT, `${NASCENT}podman-`));
  const ask = async (options: string[]): Promise<PodmanInfo> => {
    const at = { root: join(scratch, 'root'), run: join(scratch, 'run'), tmp: join(scratch, 'tmp') };
    const command = [binary, ...places(at), '--storage-driver', 'vfs', ...options];
    const answer = await askEngine(
      { name: 'podman', command, env: { PATH: SYSTEM_PATH } },
      ['info', '--format', 'json'],
      INFO_MS,
    );
    const info = answer.ok ? parsePodmanInfo(answer.stdout) : null;
    if (info) return info;
    const words = (!answer.ok && answer.problem) || `podman info: ${answer.stdout.slice(0, 300)}`;
    const Failure = !answer.ok && answer.isSilent ? SilentClientError : InstanceError;
    throw new Failure('start-failed', 'start', words);
  };
  try {
    const found = await ask(runtime === null ? [] : ['--runtime', runtime]);
    // Podman prefers crun, which does not run on hybrid hosts (oci-container.ts): there its second choice is taken.
    const unfit = runtime === null && basename(found.runtimePath) === 'crun' && cgroupVersion() !== 'v2';
    return unfit ? await ask(['--runtime', 'runc']) : found;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
