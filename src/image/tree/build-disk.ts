import { join } from 'node:path';
import { runTool } from '../../lib/run-tool.ts';
import { useCached } from '../cache/use-cached.ts';
import { FIXED_TIME_SECONDS } from './seal-tree.ts';

/** Nothing compressed, so that a VM reads the same bytes as the other arms; one order, one time, one owner. */
const OPTIONS = [
  ...['-noI', '-noD', '-noF', '-noX', '-reproducible', '-mkfs-time', String(FIXED_TIME_SECONDS)],
  ...['-noappend', '-no-progress', '-quiet'],
];
/** Of a tree that is sealed anyway (seal-tree.ts). */
const SEALED = ['-no-xattrs', '-all-root', '-all-time', String(FIXED_TIME_SECONDS)];

/**
 * A root file system as a read-only disk.
 *
 * @returns path of the squashfs image
 */
export async function buildDisk(options: {
  rootfsDir: string;
  rootfsDigest: string;
  /** With the owners, times and attributes that the tree has. */
  asItIs: boolean;
  title: string;
  cacheDir: string;
  log: (line: string) => void;
}): Promise<string> {
  const { dir } = await useCached({
    kind: 'disk',
    key: options.rootfsDigest,
    cacheDir: options.cacheDir,
    title: `disk of ${options.title}`,
    log: options.log,
    async build(into) {
      const how = options.asItIs ? OPTIONS : [...OPTIONS, ...SEALED];
      const args = [options.rootfsDir, join(into, 'root.squashfs'), ...how];
      await runTool('mksquashfs', args, { debianPackage: 'squashfs-tools' });
    },
  });
  return join(dir, 'root.squashfs');
}
