/** The page cache is brought into the same state before each start, for every arm. */

import { open, writeFile } from 'node:fs/promises';
import type { FunctionImage } from '../model/image.ts';
import { ISOLATION_FAMILIES, type IsolationType } from '../model/isolation-types.ts';

/**
 * The files of an image that instances of these types read at their start. Where none of them is a VM, the disk and the kernel
 * of an arm that waits would only take time.
 */
export const listFilesToWarm = (
  { warmFiles: all, rootfsDir }: Pick<FunctionImage, 'warmFiles' | 'rootfsDir'>,
  types: IsolationType[],
): string[] =>
  types.some((type) => ['microvm', 'vm'].includes(ISOLATION_FAMILIES[type]))
    ? all
    : all.filter((path) => path.startsWith(`${rootfsDir}/`));

const CHUNK_BYTES = 1 << 20;

/** Reads every file to its end, so that no arm has to wait for the disk. */
export async function warmFiles(paths: string[]): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const path of paths) {
    const file = await open(path, 'r');
    try {
      while ((await file.read(buffer, 0, CHUNK_BYTES)).bytesRead > 0);
    } finally {
      await file.close();
    }
  }
}

/** Drops clean caches of the whole host (Documentation/admin-guide/sysctl/vm.rst, drop_caches). Needs root. */
export async function dropCaches(): Promise<void> {
  await writeFile('/proc/sys/vm/drop_caches', '3');
}
