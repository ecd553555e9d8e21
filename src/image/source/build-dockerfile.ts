import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionConfig } from '../../model/config.ts';
import { InstanceError, messageOf } from '../../model/errors.ts';
import { runLogged } from '../build/spawn.ts';
import { nameBuildCgroup, removeBuildCgroup } from '../confine/confined-cgroup.ts';
import { type BuildEngine, buildLabels, removeWorkingContainers, runEngine } from './build-engine.ts';
import { explainBuild, type UnpulledImage } from './explain-build.ts';

/** Memory of one step of a build. BuildKit has no such limit. */
const MEMORY = '4g';

/**
 * Images that a Dockerfile starts from or copies from, as far as its text tells without running it; stages do not
 * count.
 */
export function baseImages(dockerfile: string): string[] {
  const lines = dockerfile.replace(/\\\r?\n/g, ' ').split('\n');
  const froms = lines.flatMap((line) => {
    const match = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    return match?.[1] ? [{ image: match[1], stage: match[2]?.toLowerCase() }] : [];
  });
  const copies = lines.flatMap((line) => /^\s*COPY\s+(?:--\S+\s+)*?--from=(\S+)/i.exec(line)?.[1] ?? []);
  const stages = new Set(froms.flatMap(({ stage }) => stage ?? []));
  const defaults = new Map(
    lines.flatMap((line) => {
      const match = /^\s*ARG\s+([A-Za-z_]\w*)=["']?([^\s"']*)/i.exec(line);
      return match ? [[match[1] ?? '', match[2] ?? ''] as const] : [];
    }),
  );
  const fill = (word: string) =>
    word.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (whole, name: string) => defaults.get(name) ?? whole);
  return [...new Set([...froms.map(({ image }) => fill(image)), ...copies])].filter(
    (image) => image !== 'scratch' && !stages.has(image.toLowerCase()) && !/^\d+$/.test(image),
  );
}

/** `ADD` of an address is fetched by the engine itself, which has network even when the steps have none. */
const ADDRESS = /^\s*(?:ONBUILD\s+)?ADD\s[^\n]*?((?:https?|ftp|git|ssh):\/\/\S+|git@\S+)/im;

/** The first address that a Dockerfile adds, as far as its text tells without running it. */
export const addedAddress = (dockerfile: string): string | null =>
  ADDRESS.exec(dockerfile.replace(/\\\r?\n/g, ' '))?.[1] ?? null;

/** Build arguments that Docker's client adds from its user's configuration, with whatever passwords are in them. */
const PROXIES = ['http', 'https', 'ftp', 'no', 'all'].flatMap((name) => [
  `${name}_proxy`,
  `${name}_proxy`.toUpperCase(),
]);

/**
 * Builds a Dockerfile by the engine; its steps have no network unless `build_network`.
 * @param options.context host directory that the build may copy from
 * @param options.agent host path of the agent
 * @param options.scratch an empty directory for what is needed only during the build
 * @returns the image's id; the caller removes the image
 * @throws InstanceError when it fails, with the last lines of its output
 */
export async function buildDockerfile(
  engine: BuildEngine,
  config: FunctionConfig,
  options: {
    dockerfile: string;
    context: string;
    scratch: string;
    agent: string;
    /** Asked when the build failed: images of the Dockerfile that are not here and cannot be pulled. */
    listUnpulled: () => Promise<UnpulledImage[]>;
    log: (line: string) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<string> {
  mkdirSync(options.scratch, { recursive: true });
  const dockerfile = join(options.scratch, 'Dockerfile');
  const idFile = join(options.scratch, 'image-id');
  writeFileSync(dockerfile, options.dockerfile);
  const tmp = join(options.scratch, 'tmp');
  mkdirSync(tmp);
  const isBuildKit = engine.name === 'docker' && (await hasBuildx(engine));
  const cgroup = nameBuildCgroup();
  const argv = [
    // The other manager would need a slice and a systemd that can be asked from within another process namespace.
    ...(engine.name === 'podman' ? ['--cgroup-manager', 'cgroupfs'] : []),
    ...['build', '--file', dockerfile, '--iidfile', idFile, ...buildLabels(randomBytes(6).toString('hex'))],
    ...(config.buildNetwork ? [] : ['--network', 'none']),
    ...(config.buildNetwork || engine.name === 'podman' ? [] : PROXIES.flatMap((name) => ['--build-arg', `${name}=`])),
    // No other build may see what `RUN --mount=type=cache` keeps.
    ...(isBuildKit ? ['--build-arg', `BUILDKIT_CACHE_MOUNT_NS=isogate-${randomBytes(6).toString('hex')}`] : []),
    ...(isBuildKit ? [] : ['--force-rm', '--memory', MEMORY, '--memory-swap', MEMORY]),
    // Podman would keep an image for each step.
    ...(engine.name === 'podman' ? ['--layers=false', '--http-proxy=false', '--cgroup-parent', `/${cgroup}`] : []),
    options.context,
  ];
  // Podman keeps such caches below TMPDIR, for every build of the machine.
  const env: Record<string, string> =
    engine.name === 'docker' ? { DOCKER_BUILDKIT: isBuildKit ? '1' : '0' } : { TMPDIR: tmp };
  const around = engine.name === 'podman' ? enclose(options.agent, config.buildNetwork) : [];
  const { failed, how, words, tail } = await runLogged([...around, engine.program, ...argv], {
    env: { ...engine.env, ...env },
    ...(around.length > 0 && { killSignal: 'SIGKILL' as const }),
    signal: options.signal,
  });
  if (engine.name === 'podman') await tidyUp(engine, cgroup, failed, options.log);
  options.signal?.throwIfAborted();
  if (!failed) return readFileSync(idFile, 'utf8').trim();
  const what = { name: config.name, engine: engine.name, hasNetwork: config.buildNetwork };
  const unpulled = await options.listUnpulled();
  throw new InstanceError('start-failed', 'start', explainBuild(what, { how, words, tail }, unpulled));
}

/** Removes what Podman's build leaves when it did not end by itself. */
async function tidyUp(
  engine: BuildEngine,
  cgroup: string,
  failed: boolean,
  log: (line: string) => void,
): Promise<void> {
  await removeBuildCgroup(cgroup);
  if (!failed) return;
  await removeWorkingContainers(engine, (name) => name === cgroup, log).catch((error: unknown) => {
    log(`podman: containers of a build that failed cannot be listed: ${messageOf(error)}: isogate clean removes them`);
  });
}

/**
 * Podman builds in processes of its own, which go on when it is ended, and lets a step ask for the host's network (`RUN
 * --network=host`, from 4.5 on). In namespaces of their own all of them end with this process, and there is no network
 * to ask for.
 */
const enclose = (agent: string, network: boolean): string[] => [
  ...[agent, 'launch', '--die-with-parent', '--', 'unshare', '--pid', '--mount-proc', '--fork', '--kill-child=SIGKILL'],
  ...(network ? [] : ['--net']),
  '--',
];

const hasBuildx = (engine: BuildEngine): Promise<boolean> =>
  runEngine(engine, ['buildx', 'version'], { timeoutMs: 20_000 }).then(
    () => true,
    () => false,
  );
