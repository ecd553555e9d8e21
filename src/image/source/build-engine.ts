import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { findProgram } from '../../host/find-program.ts';
import { isGoneHere, ownIdentity } from '../../lib/process-identity.ts';
import { askCommand, type CommandAnswer } from '../../lib/run-tool.ts';
import { lastLine } from '../../lib/text.ts';
import { messageOf, NotMeasurableError } from '../../model/errors.ts';
import { isDeadBuildCgroup } from '../confine/confined-cgroup.ts';

/** After this time a daemon counts as absent. */
const ASK_TIMEOUT_MS = 20_000;
/** Cleaning up may not delay a run for longer; the next run tries again. */
const LIST_TIMEOUT_MS = 5_000;
const RUN_TIMEOUT_MS = 10 * 60_000;
const MAX_BYTES = 16 * 2 ** 20;

/**
 * Variables by which engines find their daemon, their store and the registries. They get nothing else of the harness's
 * environment.
 */
const VARIABLES = [
  ...['HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'TMPDIR'],
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'DOCKER_API_VERSION'],
  ...['CONTAINERS_CONF', 'CONTAINERS_STORAGE_CONF', 'CONTAINERS_REGISTRIES_CONF', 'REGISTRY_AUTH_FILE'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
];

/** Labels of everything that is made in an engine. The second names the owner (process-identity.ts). */
const BUILD_LABEL = 'isogate.build';
const OWNER_LABEL = 'isogate.owner';

export interface BuildEngine {
  name: 'docker' | 'podman';
  version: string;
  /** Host path of its command. */
  program: string;
  env: Record<string, string>;
}

export const buildLabels = (id: string): string[] => [
  ...['--label', `${BUILD_LABEL}=${id}`, '--label', `${OWNER_LABEL}=${ownIdentity()}`],
];

/**
 * The engine of this machine: docker where its daemon answers, else podman; with DOCKER_HOST only docker.
 * @throws NotMeasurableError when there is none
 */
export async function findEngine(from: NodeJS.ProcessEnv, log: (line: string) => void): Promise<BuildEngine> {
  const env = Object.fromEntries([
    ['PATH', from['PATH'] ?? ''],
    ...VARIABLES.flatMap((name) => (from[name] ? [[name, from[name]]] : [])),
  ]) as Record<string, string>;
  const docker = await ask('docker', ['version', '--format', '{{.Server.Version}}'], env);
  if (docker.engine) return docker.engine;
  const remote = env['DOCKER_HOST'];
  const podman = remote ? null : await ask('podman', ['version', '--format', '{{.Version}}'], env);
  if (podman?.engine) {
    if (findProgram('docker')) log(`docker does not answer (${docker.reason}); using podman`);
    return podman.engine;
  }
  const also = remote ? ` at DOCKER_HOST ${remote}` : `; podman: ${podman?.reason}`;
  // With DOCKER_HOST Podman is not asked, so installing it would not help.
  const other = remote ? 'correct or unset DOCKER_HOST' : 'install podman';
  throw new NotMeasurableError(
    `no container engine for image: docker: ${docker.reason}${also}: start docker (systemctl start docker) or ${other}, or use image: rootfs`,
  );
}

async function ask(
  name: BuildEngine['name'],
  args: string[],
  env: Record<string, string>,
): Promise<{ engine: BuildEngine; reason: null } | { engine: null; reason: string }> {
  const program = findProgram(name);
  if (program === null) return { engine: null, reason: 'not installed' };
  const question = (words: string[]): Promise<CommandAnswer> =>
    askCommand(program, words, { env, timeoutMs: ASK_TIMEOUT_MS });
  // Podman needs other arguments for exports and builds, so it is only used under its own name.
  const client = name === 'docker' ? await question(['--version']) : null;
  if (client?.outcome === 'answered' && /podman/i.test(client.stdout))
    return { engine: null, reason: `${program} is Podman’s` };
  const answer = await question(args);
  const version = answer.outcome === 'answered' ? lastLine(answer.stdout) : '';
  if (version !== '') return { engine: { name, version, program, env }, reason: null };
  if (answer.outcome === 'silent') return { engine: null, reason: 'its daemon hangs' };
  const words = answer.outcome === 'failed' ? lastLine(answer.stderr) : '';
  return { engine: null, reason: words || 'its daemon does not answer' };
}

/** Output of an engine's command. @throws Error with the last line that it wrote */
export async function runEngine(
  engine: BuildEngine,
  args: string[],
  options: { signal?: AbortSignal | undefined; timeoutMs?: number; env?: Record<string, string> } = {},
): Promise<string> {
  const answer = await askCommand(engine.program, args, {
    env: { ...engine.env, ...options.env },
    timeoutMs: options.timeoutMs ?? RUN_TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    signal: options.signal,
  });
  if (answer.outcome === 'answered') return answer.stdout;
  if (answer.outcome === 'silent') throw new Error(`${engine.name} ${args[0]} hangs`);
  if (answer.outcome === 'absent') throw new Error(`${engine.program} is gone`);
  throw new Error(lastLine(answer.stderr) || `${engine.name} ${args[0]} ended with ${answer.code}`);
}

/** The same for cleaning up: a failure is only logged. */
async function tryEngine(engine: BuildEngine, args: string[], log: (line: string) => void): Promise<void> {
  await runEngine(engine, args, { timeoutMs: 60_000 }).catch((error: unknown) => {
    log(`${engine.name} ${args.join(' ')}: ${messageOf(error)}: remove it by hand`);
  });
}

/** Removes containers and images that killed builders left. @returns whether the engine could be asked */
export async function removeEngineLeftovers(engine: BuildEngine, log: (line: string) => void): Promise<boolean> {
  const listDead = async (list: string[], kind: 'container' | 'image') => {
    const filter = ['--no-trunc', '--quiet', '--filter', `label=${BUILD_LABEL}`];
    const listed = await runEngine(engine, [...list, ...filter], { timeoutMs: LIST_TIMEOUT_MS });
    const ids = [...new Set(listed.split('\n').filter(Boolean))];
    const format = `{{index .Config.Labels "${OWNER_LABEL}"}}`;
    const owners = await Promise.all(
      // One that is gone meanwhile was removed by its owner.
      ids.map((id) =>
        runEngine(engine, [kind, 'inspect', '--format', format, id], { timeoutMs: LIST_TIMEOUT_MS }).catch(() => ''),
      ),
    );
    // Something with the label but without an owner of our form belongs to somebody else: a container inherits the
    // labels of its image. And an engine may serve other machines, whose processes cannot be seen from here.
    return ids.filter((_, index) => isGoneHere(owners[index] ?? ''));
  };
  try {
    for (const id of await listDead(['ps', '--all'], 'container')) await removeContainer(engine, id, log);
    await removeWorkingContainers(engine, isDeadBuildCgroup, log);
    for (const id of await listDead(['images', '--all'], 'image')) await removeImage(engine, id, log);
    return true;
  } catch (error) {
    log(`${engine.name}: leftovers of killed builds cannot be listed: ${messageOf(error)}`);
    return false;
  }
}

/**
 * Removes containers of Podman's builds, by the name of the cgroup that each build was given.
 * @throws Error when they cannot be listed
 */
export async function removeWorkingContainers(
  engine: BuildEngine,
  isOurs: (cgroup: string) => boolean,
  log: (line: string) => void,
): Promise<void> {
  if (engine.name !== 'podman') return;
  const ask = (args: string[]) => runEngine(engine, args, { timeoutMs: LIST_TIMEOUT_MS });
  for (const id of await listWorkingContainers(ask, isOurs)) await removeContainer(engine, id, log);
}

/** Removes it with the volumes that its image asked for. */
export const removeContainer = (engine: BuildEngine, id: string, log: (line: string) => void): Promise<void> =>
  tryEngine(engine, ['rm', '--force', '--volumes', id], log);

export const removeImage = (engine: BuildEngine, id: string, log: (line: string) => void): Promise<void> =>
  tryEngine(engine, ['rmi', '--force', id], log);

/** What Podman's builder (buildah) notes of a container that it builds in; Podman 4.3 to 5. */
const stateSchema = v.object({ CommonBuildOpts: v.object({ CgroupParent: v.string() }) });

/**
 * Containers that Podman builds in. They have no labels, and a build that is killed leaves them. Their owner is found
 * by the cgroup that the build was given (confined-cgroup.ts).
 * @param ask runs a command of Podman's
 * @param isOurs takes the name of a cgroup
 * @returns ids, as far as the store can be read
 */
async function listWorkingContainers(
  ask: (args: string[]) => Promise<string>,
  isOurs: (cgroup: string) => boolean,
): Promise<string[]> {
  // Podman 4.3 ignores filters with --external.
  const ids = (await ask(['ps', '--all', '--external', '--no-trunc', '--quiet'])).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const store = await ask(['info', '--format', '{{.Store.GraphRoot}}/{{.Store.GraphDriverName}}-containers']);
  return ids.filter((id) => {
    const cgroup = readBuildCgroup(join(store, id, 'userdata/buildah.json'));
    return cgroup !== null && isOurs(cgroup);
  });
}

function readBuildCgroup(file: string): string | null {
  try {
    return basename(v.parse(stateSchema, JSON.parse(readFileSync(file, 'utf8'))).CommonBuildOpts.CgroupParent);
  } catch {
    // It is no container of a build, or it is gone meanwhile.
    return null;
  }
}
