import { randomBytes } from 'node:crypto';
import { createReadStream, lstatSync, lutimesSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import * as v from 'valibot';
import { lastLine } from '../../lib/text.ts';
import { BadInputError, messageOf, NotMeasurableError } from '../../model/errors.ts';
import { spawnPiped } from '../build/spawn.ts';
import type { ImageStart } from '../runtime/plan-in-tree.ts';
import { FIXED_TIME_SECONDS } from '../tree/seal-tree.ts';
import { type BuildEngine, buildLabels, removeContainer, runEngine } from './build-engine.ts';
import { UNPACK_LIMITS } from './settle-tree.ts';
import type { TarStream } from './unpack-tar.ts';

/** The agent's own limit (src/guest/agent/agent.h, MAX_ARGS) less room for the other records. */
const MAX_VARIABLES = 1000;
const MAX_ENV_BYTES = 256 * 1024;

const wordList = v.optional(v.nullable(v.array(v.string())));
const inspectSchema = v.object({
  Id: v.pipe(v.string(), v.regex(/^(sha256:)?[0-9a-f]{64}$/)),
  RepoDigests: v.optional(v.nullable(v.array(v.string())), []),
  Architecture: v.string(),
  Os: v.string(),
  Config: v.optional(
    v.nullable(
      v.object({ Env: wordList, Entrypoint: wordList, Cmd: wordList, WorkingDir: v.optional(v.nullable(v.string())) }),
    ),
    {},
  ),
});

export interface InspectedImage {
  /** `sha256:…` of its configuration, which names its layers. */
  id: string;
  /** The digest by which a registry gives the same image; null for one that is only here. */
  repoDigest: string | null;
  env: Record<string, string>;
  start: ImageStart;
}

/** Looks up an image; null when the engine does not have it. @throws BadInputError when it is for another machine */
export async function inspectImage(
  engine: BuildEngine,
  reference: string,
  what: string,
): Promise<InspectedImage | null> {
  // Without a template, because the names that podman gives for `json .` are different.
  const args = ['image', 'inspect', reference];
  const text = await runEngine(engine, args).catch((error: unknown) => {
    if (/no such image|image not known|not found/i.test(messageOf(error))) return null;
    throw new NotMeasurableError(`${what}: ${engine.name} image inspect failed: ${messageOf(error)}`);
  });
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.tuple([inspectSchema])), text);
  if (!parsed.success)
    throw new NotMeasurableError(
      `${what}: ${engine.name} image inspect: ${parsed.issues[0].message}: update ${engine.name}`,
    );
  const [found] = parsed.output;
  if (found.Os !== 'linux' || found.Architecture !== 'amd64')
    throw new BadInputError(`${what} is for ${found.Os}/${found.Architecture}; accepted: linux/amd64`);
  return {
    id: found.Id.startsWith('sha256:') ? found.Id : `sha256:${found.Id}`,
    repoDigest: found.RepoDigests?.[0] ?? null,
    env: parseEnv(found.Config?.Env ?? [], what),
    start: readStart(found.Config ?? {}, what),
  };
}

/** A NUL would end a record of what a VM's agent starts, and begin another. */
function readStart(config: NonNullable<v.InferOutput<typeof inspectSchema>['Config']>, what: string): ImageStart {
  const start = {
    command: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])],
    cwd: posix.resolve('/', config.WorkingDir ?? ''),
  };
  if ([start.cwd, ...start.command].some((word) => word.includes('\0')))
    throw new BadInputError(`${what} has a NUL character in its ENTRYPOINT, CMD or WORKDIR`);
  return start;
}

function parseEnv(lines: string[], what: string): Record<string, string> {
  const entries = lines.map((line): [string, string] => {
    const at = line.indexOf('=');
    return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
  });
  const bad = entries.find(([name, value]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0'));
  if (bad)
    throw new BadInputError(
      `${what} sets the variable ${JSON.stringify(bad[0].slice(0, 80))}, which is not a valid name`,
    );
  if (entries.length > MAX_VARIABLES || lines.join('').length > MAX_ENV_BYTES)
    throw new BadInputError(`${what} sets more than ${MAX_VARIABLES} variables or ${MAX_ENV_BYTES} bytes of them`);
  return Object.fromEntries(entries);
}

/**
 * Exports the content of an image as one tar: of a container that is made of it, never started, and removed by `close`.
 */
export async function exportImage(
  engine: BuildEngine,
  id: string,
  options: { scratch: string; log: (line: string) => void; what: string; signal?: AbortSignal | undefined },
): Promise<TarStream & { close: () => Promise<void> }> {
  const { log, what, signal } = options;
  const labels = buildLabels(randomBytes(6).toString('hex'));
  // A container must have a command, which an image may lack.
  const created = await runEngine(engine, ['create', ...labels, '--network', 'none', id, '/.isogate/agent'], {
    signal,
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new NotMeasurableError(`${what}: ${engine.name} create failed: ${messageOf(error)}`);
  });
  const container = lastLine(created);
  // Podman opens /dev/stdout, which fails where it is a socket, as it is here. So it writes a file.
  const file = engine.name === 'podman' ? join(options.scratch, 'export.tar') : null;
  const argv = [engine.program, 'export', ...(file ? ['--output', file] : []), container];
  const limited = file ? ['prlimit', `--fsize=${UNPACK_LIMITS.bytes}`, '--', ...argv] : argv;
  if (file) mkdirSync(options.scratch, { recursive: true });
  const { child, words } = spawnPiped(limited, { env: engine.env, signal });
  const finished = async () => {
    if ((await child).failed)
      throw new NotMeasurableError(`${what}: ${engine.name} export failed: ${lastLine(words())}`);
  };
  const close = async () => {
    child.kill('SIGKILL');
    await child;
    await removeContainer(engine, container, log);
  };
  if (file === null) return { stream: child.stdout, finished, close };
  try {
    await finished();
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    throw error;
  }
  return { stream: createReadStream(file), finished, close };
}

/** Removes what engines put into a container, with the time at which they did. */
export function removeEngineFiles(root: string): void {
  const isDirectory = (name: string) => lstatSync(join(root, name), { throwIfNoEntry: false })?.isDirectory() === true;
  rmSync(join(root, '.dockerenv'), { force: true });
  if (isDirectory('run')) rmSync(join(root, 'run/.containerenv'), { force: true });
  if (isDirectory('dev'))
    for (const name of readdirSync(join(root, 'dev')))
      rmSync(join(root, 'dev', name), { recursive: true, force: true });
  if (!isDirectory('etc')) return;
  for (const name of ['hostname', 'hosts', 'resolv.conf', 'mtab']) {
    const path = join(root, 'etc', name);
    if (lstatSync(path, { throwIfNoEntry: false })) lutimesSync(path, FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
  }
}
