import { join } from 'node:path';
import { digestJson } from '../../lib/digest.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import type { FunctionConfig } from '../../model/config.ts';
import type { Env } from '../../model/env.ts';
import { BadInputError, InstanceError } from '../../model/errors.ts';
import { useCached } from '../cache/use-cached.ts';
import { buildTools } from '../runtime/plan-runtime.ts';
import { copyTree } from '../tree/copy-tree.ts';
import { digestEntries } from '../tree/digest-tree.ts';
import { listFunction } from '../tree/list-function.ts';
import type { TreeEntry } from '../tree/list-tree.ts';
import { sealTree } from '../tree/seal-tree.ts';
import { findToolchains, identifyToolchains } from './find-toolchains.ts';
import { runBuild } from './run-build.ts';

const FORMAT = 2;
/** What builds call by way of others, such as make or a shell. */
const COMPILERS = [
  'gcc',
  'g++',
  'clang',
  'make',
  'go',
  'rustc',
  'cargo',
  'javac',
  'mvn',
  'gradle',
  'dotnet',
  'ruby',
  'php',
];

/** Which parts of a directory are not read. */
type LeftOut = Omit<Parameters<typeof listFunction>[1], 'refuse'>;
const AS_BUILT: LeftOut = { withoutModules: false };

/** A function's tree as it goes into the image. */
export interface FunctionTree {
  dir: string;
  entries: TreeEntry[];
  digest: string;
}

/** What every step of making an image gets. */
export interface BuildContext extends Pick<Env, 'cacheDir' | 'guestDir' | 'log'> {
  /** Ends a build at once; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Absolute paths that belong neither to the function, even where they lie in its directory, nor to what is built. */
  leaveOut?: readonly string[] | undefined;
}

/**
 * The function's own directory, or what its `build` makes of a copy of it.
 * @throws BadInputError when the directory cannot be used: unreadable, too large, links that lead out of it
 * @throws InstanceError when the build fails, or leaves a tree that cannot be used
 */
export async function buildFunction(config: FunctionConfig, options: BuildContext): Promise<FunctionTree> {
  const source = await readSourceTree(config, { withoutModules: config.build !== null, leaveOut: options.leaveOut });
  const argv = config.build;
  if (argv === null) return source;
  const { prefixes, versions } = await buildTools(config);
  const toolchains = findToolchains(process.env, { network: config.buildNetwork });
  const compilers = identifyToolchains([argv[0] ?? '', ...COMPILERS], toolchains);
  const { dir } = await useCached({
    kind: 'function',
    key: digestJson({ format: FORMAT, source: source.digest, argv, network: config.buildNetwork, versions, compilers }),
    cacheDir: options.cacheDir,
    title: `build of ${config.name}`,
    log: options.log,
    async build(into) {
      const tree = join(into, 'work');
      await copyUnchanged(source, tree);
      options.log(`build of ${config.name}: running ${JSON.stringify(argv)}`);
      await runBuild(config, argv, { ...options, tree, scratch: join(into, 'scratch'), prefixes, toolchains });
      const built = await readTree(tree, AS_BUILT, (what) => failedBuild(config.name, what));
      await copyUnchanged(built, join(into, 'function'));
      for (const name of ['work', 'scratch']) await removeTree(join(into, name));
      sealTree(into);
    },
  });
  return readTree(join(dir, 'function'), AS_BUILT, (what) => failedBuild(config.name, what));
}

/** The function's own directory as it is. @throws BadInputError when it cannot be used */
export const readSourceTree = (config: FunctionConfig, left: LeftOut): Promise<FunctionTree> =>
  readTree(
    config.directory,
    left,
    (what) => new BadInputError(`functions.${config.name}: ${config.directory} ${what}`),
  );

const failedBuild = (name: string, what: string): Error =>
  new InstanceError('start-failed', 'start', `build of ${name}: the tree that it left ${what}`);

/**
 * Copies a tree and checks that the copy is what was listed.
 * @throws BadInputError when the tree changed meanwhile
 */
export async function copyUnchanged(source: FunctionTree, to: string): Promise<void> {
  await copyTree(source.dir, to, source.entries);
  if ((await digestEntries(to, source.entries)) !== source.digest)
    throw new BadInputError(`${source.dir} changed while it was read: leave it alone during a run`);
}

async function readTree(dir: string, left: LeftOut, refuse: (what: string) => Error): Promise<FunctionTree> {
  const entries = listReadable(dir, left, refuse);
  return { dir, entries, digest: await digestEntries(dir, entries) };
}

function listReadable(dir: string, left: LeftOut, refuse: (what: string) => Error): TreeEntry[] {
  try {
    return listFunction(dir, { ...left, refuse });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : refuse(`cannot be read (${code} at ${path})`);
  }
}
