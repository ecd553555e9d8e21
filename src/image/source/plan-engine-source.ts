import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { digestJson } from '../../lib/digest.ts';
import type { FunctionConfig } from '../../model/config.ts';
import { BadInputError, messageOf, NotMeasurableError } from '../../model/errors.ts';
import { type BuildContext, copyUnchanged, readSourceTree } from '../build/build-function.ts';
import type { ImageStart } from '../runtime/plan-in-tree.ts';
import { addedAddress, baseImages, buildDockerfile } from './build-dockerfile.ts';
import { type BuildEngine, findEngine, removeEngineLeftovers, removeImage, runEngine } from './build-engine.ts';
import { recordBuild } from './engine-builds.ts';
import type { UnpulledImage } from './explain-build.ts';
import { exportImage, type InspectedImage, inspectImage, removeEngineFiles } from './inspect-image.ts';
import type { UnpackLimits } from './settle-tree.ts';
import type { TarStream } from './unpack-tar.ts';

export interface SourceOptions extends BuildContext {
  limits?: UnpackLimits;
}

/** What is known of a source before it is read. */
export interface SourcePlan {
  /** Digest of everything that the tree depends on. */
  identity: string;
  text: string;
  /** Called only when the cache does not have it; `scratch` is a directory for what is needed only meanwhile. */
  open: (scratch: string) => Promise<OpenSource>;
}

export interface OpenSource {
  tar: TarStream;
  env: Record<string, string>;
  start: ImageStart;
  text: string;
  /** Called after unpacking; removes what an engine put in. */
  tidy?: (root: string) => void;
  close?: () => Promise<void>;
}

const MAX_DOCKERFILE_BYTES = 2 ** 20;

/**
 * Plans to use an image of the engine, pulled where it is not here. @throws NotMeasurableError when it cannot be pulled
 */
export async function planDocker(
  config: FunctionConfig,
  reference: string,
  options: SourceOptions,
): Promise<SourcePlan> {
  const what = `functions.${config.name}.image: docker ${reference}`;
  const engine = await openEngine(options);
  const image = (await inspectImage(engine, reference, what)) ?? (await pull(engine, reference, what, options));
  const text = `docker ${reference} (${[image.id, image.repoDigest].filter(Boolean).join(', ')})`;
  return {
    identity: image.id,
    text,
    open: withRecord(engine, async (scratch) => {
      const tar = await exportImage(engine, image.id, { scratch, log: options.log, what, signal: options.signal });
      return { tar, text, env: image.env, start: image.start, tidy: removeEngineFiles, close: tar.close };
    }),
  };
}

/** Plans to use an image that is built from a Dockerfile and removed again; its content is kept in the cache. */
export async function planDockerfile(
  config: FunctionConfig,
  path: string,
  options: SourceOptions,
): Promise<SourcePlan> {
  const name = `dockerfile ${basename(path)}`;
  const what = `functions.${config.name}.image: ${name}`;
  if (statSync(path).size > MAX_DOCKERFILE_BYTES) throw new BadInputError(`${what} is larger than 1 MiB`);
  const dockerfile = readFileSync(path, 'utf8');
  const address = config.buildNetwork ? null : addedAddress(dockerfile);
  if (address !== null)
    throw new BadInputError(
      `${what} adds ${address.slice(0, 200)}, which its engine would fetch: set build_network: true to allow it, or put the file beside it`,
    );
  const context = await readSourceTree(config, { ...options, withoutModules: false });
  const engine = await openEngine(options);
  const bases = await Promise.all(
    // Told by its first letter: what is no reference may be a variable that only the build knows.
    baseImages(dockerfile).map(async (base) => [
      base,
      /^[A-Za-z0-9]/.test(base) ? ((await inspectImage(engine, base, what))?.id ?? null) : null,
    ]),
  );
  const { name: builder } = engine;
  return {
    identity: digestJson({ dockerfile, context: context.digest, network: config.buildNetwork, bases, builder }),
    text: name,
    open: withRecord(engine, async (scratch) => {
      const tree = join(scratch, 'context');
      await copyUnchanged(context, tree);
      options.log(`image of ${config.name}: building ${name} by ${builder} ${engine.version}`);
      const pullBases = () => pullMissing(engine, bases, what, options);
      const before = builder === 'podman' && !config.buildNetwork ? await pullBases() : null;
      const agent = join(options.guestDir, 'agent');
      const work = {
        dockerfile,
        context: tree,
        scratch: join(scratch, 'build'),
        agent,
        listUnpulled: async () => before ?? (await pullBases()),
        log: options.log,
        signal: options.signal,
      };
      const id = await buildDockerfile(engine, config, work);
      const remove = () => removeImage(engine, id, options.log);
      try {
        const image = await inspectImage(engine, id, what);
        if (image === null) throw new NotMeasurableError(`${what}: ${builder} does not have what it built`);
        const tar = await exportImage(engine, id, { scratch, log: options.log, what, signal: options.signal });
        const close = () => tar.close().finally(remove);
        const { env, start } = image;
        return { tar, text: `${name} (${image.id})`, env, start, tidy: removeEngineFiles, close };
      } catch (error) {
        await remove();
        throw error;
      }
    }),
  };
}

/**
 * Pulls base images for a build that cannot pull, or to learn why one that can has failed. What cannot be pulled may be no
 * image at all, or of a stage that is not built: only the build tells.
 */
async function pullMissing(
  engine: BuildEngine,
  bases: (string | null)[][],
  what: string,
  options: SourceOptions,
): Promise<UnpulledImage[]> {
  const unpulled: UnpulledImage[] = [];
  for (const [base, id] of bases)
    if (base != null && id === null && /^[A-Za-z0-9]/.test(base))
      await pull(engine, base, what, options).catch((error: unknown) => {
        options.signal?.throwIfAborted();
        options.log(messageOf(error));
        unpulled.push({ image: base, why: messageOf(Object(error).cause ?? error) });
      });
  return unpulled;
}

/** Records that something is made in the engine, from before it is made until it is removed. */
const withRecord =
  (engine: BuildEngine, open: SourcePlan['open']): SourcePlan['open'] =>
  async (scratch) => {
    const record = recordBuild(engine);
    try {
      const opened = await open(scratch);
      return { ...opened, close: async () => opened.close?.().finally(record.forget) };
    } catch (error) {
      record.forget();
      throw error;
    }
  };

async function openEngine({ log }: SourceOptions): Promise<BuildEngine> {
  const engine = await findEngine(process.env, log);
  await removeEngineLeftovers(engine, log);
  return engine;
}

async function pull(
  engine: BuildEngine,
  reference: string,
  what: string,
  { log, signal }: SourceOptions,
): Promise<InspectedImage> {
  log(`${what}: not here, pulling it by ${engine.name}`);
  const failed = (why: string, cause?: unknown) =>
    new NotMeasurableError(`${what} is not here and cannot be pulled (${why}): load it, or correct the reference`, {
      cause,
    });
  await runEngine(engine, ['pull', '--quiet', reference], { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw failed(messageOf(error), error);
  });
  const image = await inspectImage(engine, reference, what);
  if (image === null) throw failed('the engine does not have it after pulling');
  return image;
}
