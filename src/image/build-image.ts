import { join } from 'node:path';
import { SYSTEM_PATH } from '../lib/run-tool.ts';
import { type FunctionConfig, type ImageSource, NO_ENV, type Resources } from '../model/config.ts';
import type { FunctionImage, GuestKernel } from '../model/image.ts';
import { assembleImage } from './assemble-image.ts';
import { type BuildContext, buildFunction, type FunctionTree } from './build/build-function.ts';
import { compileModules } from './build/compile-modules.ts';
import { buildLayers } from './runtime/build-layers.ts';
import { describeMismatch, findVenv, venvVariables } from './runtime/find-venv.ts';
import { functionProcess, nullProcess } from './runtime/function-process.ts';
import { planInTree } from './runtime/plan-in-tree.ts';
import { planRuntime } from './runtime/plan-runtime.ts';
import { buildSource } from './source/build-source.ts';
import { FUNCTION_DIR } from './tree/function-dir.ts';

const GLUE = { node: ['runtime.mjs'], python: ['runtime.py'], command: [], http: [] };

interface BuildOptions extends BuildContext {
  function: FunctionConfig;
  resources: Resources;
  /** Null when no VM is asked for; then there is no disk and no initramfs. */
  kernel: GuestKernel | null;
}

/**
 * The image of a function, from the cache where nothing that it is made of changed.
 * @param options.guestDir holds `agent`, `runtime.mjs` and `runtime.py`
 * @throws BadInputError when the function's directory or command cannot be used
 * @throws InstanceError when its build fails; other functions are not concerned
 * @throws NotMeasurableError when the machine lacks a tool, or others may write into the cache
 */
export async function buildImage(options: BuildOptions): Promise<FunctionImage> {
  const { function: config, ...common } = options;
  const tree = isWholeInImage(config) ? null : await buildFunction(config, common);
  if (config.image.kind !== 'host') return buildOnSource(config, config.image, tree, options);
  if (tree === null) throw new Error(`functions.${config.name}: no command`);
  const plan = moveInto(tree.at, await planRuntime(config, join(tree.dir, tree.at), options));
  const compiled = await compileModules(config, tree, plan, common);
  const layers = await buildLayers(config, plan, tree, common);
  const venv = config.runtime === 'node' ? null : findVenv(tree.entries);
  const mismatch = config.runtime === 'python' ? describeMismatch(venv, plan.version) : null;
  if (mismatch !== null) options.log(`files of ${config.name}: ${mismatch}`);
  return assembleImage({
    ...common,
    title: config.name,
    sourceText: 'host',
    process: functionProcess(config, plan, options.resources, venvVariables(venv), join(FUNCTION_DIR, tree.at)),
    env: config.env,
    runtime: {
      name: config.runtime,
      version: plan.version,
      ...(plan.interpreter !== undefined && { interpreter: plan.interpreter }),
    },
    guestFiles: ['agent', ...GLUE[config.runtime]],
    layers,
    source: null,
    tree: compiled,
  });
}

/** A program of the function's own directory stands deeper where packages above that are taken along. */
const moveInto = <P extends { program: string }>(at: string, plan: P): P =>
  at !== '' && plan.program.startsWith(`${FUNCTION_DIR}/`)
    ? { ...plan, program: join(FUNCTION_DIR, at, plan.program.slice(FUNCTION_DIR.length)) }
    : plan;

/** A server that its image starts by itself has nothing of the function's directory but what is in the image. */
const isWholeInImage = ({ http, command }: FunctionConfig): boolean => http !== null && command === null;

/** The same on a root file system that the function brings, which also has the language runtime. */
async function buildOnSource(
  config: FunctionConfig,
  from: Exclude<ImageSource, { kind: 'host' }>,
  tree: FunctionTree | null,
  { function: _, ...common }: BuildOptions,
): Promise<FunctionImage> {
  const source = await buildSource(config, from, common);
  const path = source.env['PATH'] ?? SYSTEM_PATH;
  const at = tree?.at ?? '';
  const plan = moveInto(at, planInTree(config, tree && join(tree.dir, at), { ...source, path }));
  const packages = venvVariables(config.runtime === 'node' ? null : findVenv(tree?.entries ?? []));
  return assembleImage({
    ...common,
    title: config.name,
    sourceText: source.text,
    process: functionProcess(
      config,
      plan,
      common.resources,
      { ...packages, ...source.env },
      tree ? join(plan.cwd, at) : plan.cwd,
    ),
    env: config.env,
    runtime: { name: config.runtime, version: 'unknown' },
    guestFiles: ['agent', ...GLUE[config.runtime]],
    layers: [],
    source,
    tree,
  });
}

/**
 * An image that holds only the agent, which answers every request at once. It proves that an isolation works, and shows
 * what starting and talking cost without a function.
 * @throws NotMeasurableError when the machine lacks a tool, or others may write into the cache
 */
export function buildNullImage(options: Omit<BuildOptions, 'function'>): Promise<FunctionImage> {
  return assembleImage({
    ...options,
    title: 'null',
    sourceText: 'host',
    process: nullProcess(options.resources),
    env: NO_ENV,
    runtime: { name: 'null', version: '1' },
    guestFiles: ['agent'],
    layers: [],
    source: null,
    tree: null,
  });
}
