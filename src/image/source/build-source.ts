import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { digestJson } from '../../lib/digest.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import type { FunctionConfig, ImageSource } from '../../model/config.ts';
import { BadInputError, NotMeasurableError } from '../../model/errors.ts';
import { useCached } from '../cache/use-cached.ts';
import type { ImageStart } from '../runtime/plan-in-tree.ts';
import { openRootfs } from './open-rootfs.ts';
import type { SourceOptions, SourcePlan } from './plan-engine-source.ts';
import { planDocker, planDockerfile } from './plan-engine-source.ts';
import { settleTree, UNPACK_LIMITS } from './settle-tree.ts';
import { unpackTar } from './unpack-tar.ts';

/** To be raised when the same inputs shall give another tree. */
const FORMAT = 2;

/** A root file system that a function brings. */
export interface SourceTree {
  dir: string;
  /** Of the tree with its owners and attributes. */
  digest: string;
  /** The image's own variables. */
  env: Record<string, string>;
  /** What it starts by itself; nothing in a root file system that is no image of an engine. */
  start: ImageStart;
  /** What the report calls it. */
  text: string;
}

/**
 * The root file system that a function brings in place of this machine's, from the cache where it is there.
 * @throws BadInputError when it cannot be used
 * @throws InstanceError when its build fails
 * @throws NotMeasurableError when the machine lacks an engine or a tool
 */
export async function buildSource(
  config: FunctionConfig,
  source: Exclude<ImageSource, { kind: 'host' }>,
  options: SourceOptions,
): Promise<SourceTree> {
  if (process.getuid?.() !== 0)
    throw new NotMeasurableError(
      `functions.${config.name}.image: only root can keep the owners and devices of a root file system: run isogate as root, or use image: host`,
    );
  const plan = await planSource(config, source, options);
  const limits = options.limits ?? UNPACK_LIMITS;
  const { dir, digest } = await useCached({
    kind: 'source',
    key: digestJson({ format: FORMAT, identity: plan.identity, limits }),
    foreign: true,
    cacheDir: options.cacheDir,
    title: `root file system of ${config.name}`,
    log: options.log,
    async build(into) {
      const tree = join(into, 'tree');
      mkdirSync(tree);
      const agent = join(options.guestDir, 'agent');
      const log = (line: string) => options.log(`root file system of ${config.name}: ${line}`);
      const scratch = join(into, 'scratch');
      const { tar, env, text, start, tidy, close } = await plan.open(scratch);
      const refuse = (what: string) => new BadInputError(`functions.${config.name}.image: ${text} ${what}`);
      try {
        await unpackTar(tar, tree, { agent, refuse, log, limits, signal: options.signal });
      } finally {
        await close?.();
      }
      tidy?.(tree);
      settleTree(tree, limits, refuse);
      await removeTree(scratch);
      writeFileSync(join(into, 'source.json'), `${JSON.stringify({ env, text, start })}\n`);
    },
  });
  const about = JSON.parse(readFileSync(join(dir, 'source.json'), 'utf8')) as Pick<
    SourceTree,
    'env' | 'text' | 'start'
  >;
  return { dir: join(dir, 'tree'), digest, ...about };
}

async function planSource(
  config: FunctionConfig,
  source: Exclude<ImageSource, { kind: 'host' }>,
  options: SourceOptions,
): Promise<SourcePlan> {
  if (source.kind === 'docker') return planDocker(config, source.reference, options);
  if (source.kind === 'dockerfile') return planDockerfile(config, source.path, options);
  const name = `rootfs ${basename(source.path)}`;
  const refuse = (what: string) => new BadInputError(`functions.${config.name}.image: ${name} ${what}`);
  const agent = join(options.guestDir, 'agent');
  const { identity, open } = await openRootfs(source.path, { agent, refuse, signal: options.signal });
  const text = `${name} (${identity})`;
  const start = { command: [], cwd: '/' };
  return { identity, text, open: async () => ({ tar: open(), env: {}, text, start }) };
}
