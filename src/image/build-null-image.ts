import type { Resources } from '../model/config.ts';
import type { FunctionImage, GuestKernel } from '../model/image.ts';
import { assembleImage } from './assemble-image.ts';
import { nullProcess } from './runtime/function-process.ts';

/**
 * An image with nothing but the agent, which answers every request at once: proves that an isolation works, and shows
 * what starting and talking cost without a function.
 *
 * @throws NotMeasurableError when the machine lacks a tool, or others may write into the cache
 */
export function buildNullImage(options: {
  resources: Resources;
  cacheDir: string;
  guestDir: string;
  kernel: GuestKernel | null;
  log: (line: string) => void;
}): Promise<FunctionImage> {
  return assembleImage({
    ...options,
    title: 'null',
    source: 'host',
    process: nullProcess(),
    runtime: { name: 'null', version: '1' },
    guestFiles: ['agent'],
    layer: null,
    base: null,
    tree: null,
  });
}
