/** Bytecode of a function's Python modules, so that no cold start compiles them. */

import { closeSync, openSync, readdirSync, readSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { digestJson } from '../../lib/digest.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import { lastLine } from '../../lib/text.ts';
import type { FunctionConfig } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import { useCached } from '../cache/use-cached.ts';
import { runConfined } from '../confine/confined.ts';
import type { Limits } from '../confine/limits.ts';
import { viewForImage } from '../confine/views.ts';
import type { RuntimePlan } from '../runtime/find-runtimes.ts';
import { copyTree } from '../tree/copy-tree.ts';
import { digestEntries } from '../tree/digest-tree.ts';
import { FUNCTION_DIR } from '../tree/function-dir.ts';
import { listTree } from '../tree/list-tree.ts';
import { sealFunction } from '../tree/seal-tree.ts';
import { type BuildContext, copyUnchanged, type FunctionTree } from './build-function.ts';
import { openWork } from './open-work.ts';
import { giveToRun, runBuild } from './run-build.ts';

/** To be raised when the same inputs shall give another tree. */
const FORMAT = 1;

/**
 * Not by `-m compileall`, which would import modules of the function that are called like those of the standard library.
 * A module that does not compile has no bytecode, and neither has anything under a Python that knows no such bytecode.
 */
const COMPILE = `
import sys
sys.path.remove('')
import compileall, py_compile
modes = getattr(py_compile, 'PycInvalidationMode', None)
if modes:
    compileall.compile_dir('/function', quiet=2, force=True, invalidation_mode=modes.UNCHECKED_HASH)
`;

const BYTECODE = /(^|\/)__pycache__\/[^/]+\.pyc$/;
/** For a tree of the largest size. */
const IN_PLACE: Limits = {
  wallMs: 10 * 60_000,
  memoryBytes: 2 * 2 ** 30,
  processes: 64,
  fileBytes: 2 ** 30,
  outputBytes: 2 ** 16,
};
const NO_TOOLCHAINS = { show: [], hide: [], path: [], env: {} };

/**
 * The tree as it goes into an image: an image's files all have one time, so bytecode that names its source's time, as pip's
 * does, would be compiled again at each start, and is left out. With a Python in the image all modules are compiled anew, to
 * bytecode that is never compared with its source (PEP 552), and always to the same.
 */
export async function compileModules(
  config: FunctionConfig,
  tree: FunctionTree,
  plan: Pick<RuntimePlan, 'compile' | 'version' | 'prefixes'>,
  options: BuildContext,
): Promise<FunctionTree> {
  const source = await withoutStaleBytecode(tree);
  const python = plan.compile?.python;
  if (python === undefined || !source.entries.some(({ path }) => path.endsWith('.py'))) return source;
  const { dir } = await useCached({
    kind: 'function',
    key: digestJson({ format: FORMAT, source: source.digest, python, version: plan.version }),
    cacheDir: options.cacheDir,
    title: `bytecode of ${config.name}`,
    log: options.log,
    async build(into) {
      const work = await openWork(join(into, 'work'), source.entries);
      const argv = ['/usr/bin/env', 'PYTHONHASHSEED=0', python, '-s', '-S', '-c', COMPILE];
      const scratch = join(into, 'scratch');
      const offline = { ...config, buildNetwork: false };
      const sight = { prefixes: plan.prefixes, toolchains: NO_TOOLCHAINS };
      try {
        await copyUnchanged(source, work.dir);
        const compiled = await runBuild(offline, argv, { ...options, ...sight, work, scratch }).then(
          () => readWhole(work.dir, tree.at),
          (error: unknown) => {
            if (!(error instanceof InstanceError)) throw error;
            options.log(`bytecode of ${config.name}: none, because the compiler did not end well: ${error.message}`);
            return source;
          },
        );
        await copyUnchanged(compiled, join(into, 'function'));
      } finally {
        await work.close();
      }
      await removeTree(scratch);
      sealFunction(join(into, 'function'));
    },
  });
  return readWhole(join(dir, 'function'), tree.at);
}

interface InPlaceOptions extends Pick<BuildContext, 'guestDir' | 'log' | 'signal'> {
  title: string;
  env: Record<string, string>;
}

/**
 * The same for a function that stands in a root file system which it brings, by the Python in there. The bytecode of that file
 * system itself is its own business: its files keep their times.
 * @param options.python null where the function is not run by one, or only the image knows by which
 */
export async function compileInPlace(
  rootfs: string,
  options: InPlaceOptions & { python: string | null },
): Promise<void> {
  const own = join(rootfs, FUNCTION_DIR);
  removeBytecode(own, isStale);
  if (options.python !== null) {
    const problem = await compileBeside(rootfs, options.python, options);
    if (problem !== null) {
      options.log(`bytecode of ${options.title}: none, because the compiler did not end well: ${problem}`);
      removeBytecode(own, () => true);
    }
  }
  sealFunction(own);
}

/** In a copy, of which only the bytecode is taken. @returns why there is none, or null */
async function compileBeside(rootfs: string, python: string, options: InPlaceOptions): Promise<string | null> {
  const own = join(rootfs, FUNCTION_DIR);
  const entries = listTree(own);
  const work = await openWork(join(rootfs, '../work'), entries);
  try {
    await copyTree(own, work.dir, entries);
    giveToRun(work.dir);
    const env = { ...options.env, PYTHONHASHSEED: '0' };
    const view = viewForImage({ rootfs, env, writable: { dir: work.dir, at: FUNCTION_DIR } });
    const agent = join(options.guestDir, 'agent');
    const confinement = { view, limits: IN_PLACE, agent, signal: options.signal };
    const end = await runConfined([python, '-s', '-S', '-c', COMPILE], confinement);
    if (end.failed) return lastLine(end.words) || end.how;
    const there = new Set(['.', ...entries.filter(({ kind }) => kind === 'directory').map(({ path }) => path)]);
    const made = listTree(work.dir).filter(
      ({ kind, path }) =>
        (kind === 'directory' && basename(path) === '__pycache__' && there.has(dirname(path))) ||
        (kind === 'file' && BYTECODE.test(path) && there.has(dirname(dirname(path)))),
    );
    for (const { kind, path } of made) if (kind === 'file') rmSync(join(own, path), { force: true });
    await copyTree(work.dir, own, made);
    return null;
  } finally {
    await work.close();
  }
}

function removeBytecode(dir: string, isUnwanted: (file: string, path: string) => boolean): void {
  for (const { kind, path } of listTree(dir).reverse()) {
    const file = join(dir, path);
    if (kind === 'file' && BYTECODE.test(path) && isUnwanted(file, path)) rmSync(file);
    if (kind === 'directory' && path.endsWith('__pycache__') && readdirSync(file).length === 0) rmdirSync(file);
  }
}

async function readWhole(dir: string, at: string): Promise<FunctionTree> {
  const entries = listTree(dir);
  return { dir, at, entries, digest: await digestEntries(dir, entries) };
}

async function withoutStaleBytecode({ dir, at, entries, digest }: FunctionTree): Promise<FunctionTree> {
  const stale = new Set(entries.filter(({ kind, path }) => kind === 'file' && isStale(join(dir, path), path)));
  if (stale.size === 0) return { dir, at, entries, digest };
  const rest = entries.filter((entry) => !stale.has(entry));
  const fresh = rest.filter(
    ({ kind, path }) => !(kind === 'directory' && path.endsWith('__pycache__') && isEmpty(rest, path)),
  );
  return { dir, at, entries: fresh, digest: await digestEntries(dir, fresh) };
}

const isEmpty = (entries: FunctionTree['entries'], directory: string): boolean =>
  !entries.some(({ path }) => path.startsWith(`${directory}/`));

/** Bytecode beside its source, with the bit cleared that says that it names the source's hash and not its time (PEP 552). */
function isStale(file: string, path: string): boolean {
  if (!BYTECODE.test(path)) return false;
  const head = Buffer.alloc(8);
  const fd = openSync(file, 'r');
  try {
    return readSync(fd, head) < head.length || (head.readUInt32LE(4) & 1) === 0;
  } finally {
    closeSync(fd);
  }
}
