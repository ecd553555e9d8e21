/** Images of functions for tests that start real instances of them, next to a run of their own on this host. */

import { join } from 'node:path';
import { buildImage } from '../../src/image/build-image.ts';
import { type FunctionConfig, PLAIN_FUNCTION } from '../../src/model/config.ts';
import type { FunctionImage, GuestKernel } from '../../src/model/image.ts';
import { GUEST_DIR } from './env.ts';
import { type NullBench, RESOURCES } from './null-bench.ts';

export const BAD_FUNCTIONS = join(import.meta.dirname, '../../fixtures/functions/bad');

/** `handler` as `FILE#EXPORT` of a Node or Python module, or the words of a command. */
export function buildFunction(
  bench: Pick<NullBench, 'cacheDir'> & { kernel?: GuestKernel | null },
  directory: string,
  entry: string | string[],
): Promise<FunctionImage> {
  const [file = '', name = ''] = typeof entry === 'string' ? entry.split('#') : [];
  const config: FunctionConfig = {
    ...PLAIN_FUNCTION,
    name: 'fn',
    runtime: typeof entry !== 'string' ? 'command' : file.endsWith('.py') ? 'python' : 'node',
    directory,
    handler: typeof entry === 'string' ? { file, export: name } : null,
    command: typeof entry === 'string' ? null : entry,
  };
  const { cacheDir } = bench;
  return buildImage({
    function: config,
    resources: RESOURCES,
    cacheDir,
    guestDir: GUEST_DIR,
    kernel: bench.kernel ?? null,
    log: () => {},
  });
}
