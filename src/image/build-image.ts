import type { FunctionConfig, FunctionImage, GuestKernel, Resources } from '../types.ts';
import { assembleImage } from './assemble-image.ts';
import { buildFunction } from './build-function.ts';
import { buildRuntime } from './build-runtime.ts';
import { functionProcess } from './function-process.ts';
import { planRuntime } from './plan-runtime.ts';

const GLUE = { node: ['runtime.mjs'], python: ['runtime.py'], command: [] };

/**
 * The image of a function, from the cache where nothing that it is made of changed.
 *
 * @param options.guestDir holds `agent`, `runtime.mjs` and `runtime.py`
 * @param options.kernel null when no VM is asked for; then there is no disk and no initramfs
 * @param options.signal ends a build at once; its reason is thrown
 * @throws BadInputError when the function's directory or command cannot be used
 * @throws InstanceError when its build fails; other functions are not concerned
 * @throws NotMeasurableError when the machine lacks a tool, or others may write into the cache
 */
export async function buildImage(options: {
  function: FunctionConfig;
  resources: Resources;
  cacheDir: string;
  guestDir: string;
  kernel: GuestKernel | null;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
}): Promise<FunctionImage> {
  const { function: config, ...common } = options;
  const tree = await buildFunction(config, common);
  const plan = await planRuntime(config, tree.dir);
  const layer = await buildRuntime(plan, common);
  return assembleImage({
    ...common,
    title: config.name,
    source: 'host',
    process: functionProcess(config, plan, options.resources),
    runtime: { name: config.runtime, version: plan.version },
    guestFiles: ['agent', ...GLUE[config.runtime]],
    layer,
    tree,
  });
}
