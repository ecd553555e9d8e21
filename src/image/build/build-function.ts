import { join } from 'node:path';
import { digestJson } from '../../lib/digest.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import type { FunctionConfig } from '../../model/config.ts';
import type { Env } from '../../model/env.ts';
import { BadInputError, InstanceError } from '../../model/errors.ts';
import { useCached } from '../cache/use-cached.ts';
import { buildTools } from '../runtime/plan-runtime.ts';
import { chooseFiles, isWorthSaying } from '../tree/choose-files.ts';
import { copyTree } from '../tree/copy-tree.ts';
import { digestEntries } from '../tree/digest-tree.ts';
import { type ListOptions, listFunction } from '../tree/list-function.ts';
import type { TreeEntry } from '../tree/list-tree.ts';
import { sealFunction } from '../tree/seal-tree.ts';
import { findToolchains, identifyToolchains } from './find-toolchains.ts';
import { describeMissing, installsPackages, locateHoisted } from './locate-packages.ts';
import { openWork } from './open-work.ts';
import { runBuild } from './run-build.ts';

/** To be raised when the same inputs shall give another tree. */
const FORMAT = 4;
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
type LeftOut = Omit<ListOptions, 'refuse'>;
const asBuilt = ({ exclude }: FunctionConfig): LeftOut => ({
  withoutModules: false,
  choice: chooseFiles(exclude, 'built'),
});

/** A function's tree as it goes into the image. */
export interface FunctionTree {
  dir: string;
  /** The function's own directory in it; '' but where packages above that are taken along. */
  at: string;
  entries: TreeEntry[];
  digest: string;
}

/** What every step of making an image gets. */
export interface BuildContext extends Pick<Env, 'cacheDir' | 'guestDir' | 'log'> {
  /** Ends a build at once; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Absolute paths that belong neither to the function, even where they lie in its directory, nor to what is built. */
  leaveOut?: readonly string[] | undefined;
  /** Real path of the checkout, up to which packages are looked for above the function's directory; null: nowhere. */
  boundary?: string | null | undefined;
}

/**
 * The function's own directory, or what its `build` makes of a copy of it.
 * @throws BadInputError when the directory cannot be used: unreadable, too large, links that lead out of it
 * @throws InstanceError when the build fails, or leaves a tree that cannot be used
 */
export async function buildFunction(config: FunctionConfig, options: BuildContext): Promise<FunctionTree> {
  const argv = config.build;
  const source = await readSourceTree(config, { ...options, withoutModules: argv !== null && installsPackages(argv) });
  if (argv === null) return source;
  const { prefixes, versions } = await buildTools(config, options);
  options.signal?.throwIfAborted();
  const toolchains = findToolchains(process.env, { network: config.buildNetwork });
  const compilers = identifyToolchains([argv[0] ?? '', ...COMPILERS], toolchains);
  const { dir } = await useCached({
    kind: 'function',
    key: digestJson({ format: FORMAT, source: source.digest, argv, network: config.buildNetwork, versions, compilers }),
    cacheDir: options.cacheDir,
    title: `build of ${config.name}`,
    log: options.log,
    async build(into) {
      const scratch = join(into, 'scratch');
      const work = await openWork(join(into, 'work'), source.entries);
      try {
        await copyUnchanged(source, work.dir);
        options.log(`build of ${config.name}: running ${JSON.stringify(argv)}`);
        await runBuild(config, argv, { ...options, work, scratch, prefixes, toolchains });
        const built = await readTree(work.dir, asBuilt(config), (what) => failedBuild(config.name, what));
        await copyUnchanged(built, join(into, 'function'));
      } finally {
        await work.close();
      }
      await removeTree(scratch);
      sealFunction(join(into, 'function'));
    },
  });
  return readTree(join(dir, 'function'), asBuilt(config), (what) => failedBuild(config.name, what));
}

/**
 * The function's own directory as it is, without what is left out; the log names what somebody may miss.
 * @throws BadInputError when it cannot be used
 */
export async function readSourceTree(
  config: FunctionConfig,
  options: Pick<LeftOut, 'withoutModules'> & Pick<BuildContext, 'log' | 'leaveOut' | 'boundary'>,
): Promise<FunctionTree> {
  const { withoutModules, leaveOut, boundary = null } = options;
  const refuse = (what: string) => new BadInputError(`functions.${config.name}: ${config.directory} ${what}`);
  const leftOut: string[] = [];
  const onLeftOut = (path: string) => leftOut.push(path);
  const choice = chooseFiles(config.exclude, 'checkout');
  if (config.build === null && config.image.kind === 'host') {
    const missing = describeMissing(config, boundary);
    if (missing !== null) throw new BadInputError(`functions.${config.name}: ${missing}`);
  }
  // A build has its own directory only.
  const hoisted = config.build === null && boundary !== null ? locateHoisted(config, { boundary, refuse }) : null;
  const left = { withoutModules, leaveOut, choice, onLeftOut, boundary, hoisted };
  const tree = await readTree(hoisted?.root ?? config.directory, left, refuse);
  if (hoisted) options.log(`files of ${config.name}: with the packages that it needs from ${hoisted.root}`);
  const handler = config.handler && join(tree.at, config.handler.file);
  if (handler !== null && leftOut.some((path) => path === handler || handler.startsWith(`${path}/`)))
    throw refuse(`has its handler ${handler} left out: bring it back in exclude, with ! in front`);
  sayLeftOut(config.name, leftOut.filter(isWorthSaying), options.log);
  return tree;
}

const MAX_SAID = 6;

function sayLeftOut(name: string, paths: string[], log: (line: string) => void): void {
  if (paths.length === 0) return;
  const more = paths.length > MAX_SAID ? ` and ${paths.length - MAX_SAID} more` : '';
  const said = paths.slice(0, MAX_SAID).join(', ');
  log(`files of ${name}: left out of the image: ${said}${more} (a pattern with ! in exclude brings back)`);
}

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
  try {
    const entries = listFunction(dir, { ...left, refuse });
    return { dir, at: left.hoisted?.at ?? '', entries, digest: await digestEntries(dir, entries) };
  } catch (error) {
    throw explainFileError(error, dir, refuse);
  }
}

function explainFileError(error: unknown, dir: string, refuse: (what: string) => Error): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return error;
  if (path === dir) return refuse(`cannot be read (${code} at ${path})`);
  const place = path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : path;
  // Node cannot find a file by its name as it decoded it.
  if (code === 'ENOENT' && place.includes('\ufffd'))
    return refuse(`has a name that is not UTF-8: ${place}: rename it, or name it in exclude`);
  if (['ENOENT', 'ELOOP', 'ENOTDIR'].includes(code))
    return refuse(`changed while it was read: ${place} is gone or became something else; leave it alone during a run`);
  return refuse(`cannot be read (${code} at ${place}): make it readable, or name it in exclude`);
}
