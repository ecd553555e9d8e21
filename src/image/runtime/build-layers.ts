import { join } from 'node:path';
import type { FunctionConfig } from '../../model/config.ts';
import type { Cached } from '../cache/use-cached.ts';
import { FUNCTION_DIR } from '../tree/function-dir.ts';
import type { TreeEntry } from '../tree/list-tree.ts';
import { confinedAsker } from './ask-program.ts';
import { type BuildOptions, buildLayer, buildRuntime } from './build-runtime.ts';
import type { RuntimePlan } from './find-runtimes.ts';
import { listLibraries } from './list-libraries.ts';
import { outsideOf, planExtraProgram } from './plan-program.ts';

/** From so many files on, a program gets a layer that other functions share. */
const MANY_FILES = 64;
const NAMED = 5;

/**
 * What of this machine goes into a function's image, as layers that lie one over the other: its language runtime, then
 * its `programs` with the libraries of its own native modules. Large parts have a layer for themselves, so that all
 * functions share the bytes.
 * @throws BadInputError when one of `programs` is not here
 */
export async function buildLayers(
  config: FunctionConfig,
  plan: RuntimePlan,
  tree: { dir: string; entries: TreeEntry[] },
  options: BuildOptions,
): Promise<Cached[]> {
  const { log, signal } = options;
  const asking = { key: `functions.${config.name}.programs`, tree: tree.dir, log, signal, ask: confinedAsker(options) };
  const programs = await Promise.all(config.programs.map((name) => planExtraProgram(name, asking)));
  const own = programs.filter(isLarge);
  const small = programs.filter((program) => !isLarge(program));
  const there = new Set([plan, ...own].flatMap((one) => one.files));
  const modules = await librariesOfModules(config.name, tree, options);
  const files = [...small.flatMap((program) => program.files), ...modules].filter((file) => !there.has(file));
  const links = Object.fromEntries(small.flatMap((program) => Object.entries(program.links)));
  const layers = [await buildRuntime(plan, options)];
  for (const program of own) layers.push(await buildRuntime(program, options));
  if (files.length > 0 || Object.keys(links).length > 0)
    layers.push(
      await buildLayer({ files, links, compile: null, title: `programs and libraries of ${config.name}` }, options),
    );
  return layers;
}

const isLarge = (plan: RuntimePlan): boolean => plan.compile !== null || plan.files.length >= MANY_FILES;

/**
 * The libraries of this machine that native modules and programs of a function's tree need. What is missing is only
 * logged: packages bring modules for other systems too, which are never loaded.
 */
async function librariesOfModules(
  name: string,
  tree: { dir: string; entries: TreeEntry[] },
  { log, signal }: { log: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<string[]> {
  const modules = tree.entries.filter(isNative).map((entry) => join(tree.dir, entry.path));
  const within = { dir: tree.dir, mountedAt: FUNCTION_DIR };
  const { libraries, missing } = await listLibraries(modules, { within, signal });
  const own = new Set(tree.entries.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
  const absent = missing.filter((library) => !own.has(library));
  if (absent.length > 0) {
    const more = absent.length > NAMED ? ` and ${absent.length - NAMED} more` : '';
    log(
      `${name}: native modules ask for ${absent.slice(0, NAMED).join(', ')}${more}, which this machine lacks: install what the function needs of it`,
    );
  }
  return outsideOf(tree.dir, libraries);
}

const isNative = (entry: TreeEntry): boolean =>
  entry.kind === 'file' && ((entry.mode & 0o111) !== 0 || /\.(node|so)(\.|$)/.test(entry.path));
