import { join } from 'node:path';
import { runTool } from '../../lib/run-tool.ts';
import { useCached } from '../cache/use-cached.ts';
import { FIXED_TIME_SECONDS } from './seal-tree.ts';

/** Nothing is compressed, so that a VM reads the same bytes as the other arms. Order and time are fixed. */
const OPTIONS = [
  ...['-noI', '-noD', '-noF', '-noX', '-reproducible', '-mkfs-time', String(FIXED_TIME_SECONDS)],
  ...['-noappend', '-no-progress', '-quiet'],
];
/** For trees that are sealed (seal-tree.ts): one owner, one time, no extended attributes. */
const SEALED = ['-no-xattrs', '-all-root', '-all-time', String(FIXED_TIME_SECONDS)];

/**
 * A root file system as a read-only disk.
 * @returns path of the squashfs image
 */
export async function buildDisk(options: {
  rootfsDir: string;
  rootfsDigest: string;
  /** Whether the disk keeps the owners, times and attributes of the tree. */
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
