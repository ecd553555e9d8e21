import { readlinkSync, statSync } from 'node:fs';

/**
 * The files that this process writes its output to, where it was redirected to files: they grow while it runs.
 * @param descriptors stdout and stderr
 */
export const listOwnOutputs = (descriptors: readonly number[] = [1, 2]): string[] =>
  descriptors.flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return statSync(path).isFile() ? [path] : [];
    } catch {
      // A pipe or a socket, or a file that was removed.
      return [];
    }
  });
