import { join } from 'node:path';
import { runTool } from './run-tool.ts';
import { FIXED_TIME_SECONDS } from './seal-tree.ts';
import { useCached } from './use-cached.ts';

/** Nothing compressed, so that a VM reads the same bytes as the other arms; one order, one time, one owner. */
const OPTIONS = [
  ...['-noI', '-noD', '-noF', '-noX', '-no-xattrs', '-all-root', '-reproducible'],
  ...['-all-time', String(FIXED_TIME_SECONDS), '-mkfs-time', String(FIXED_TIME_SECONDS)],
  ...['-noappend', '-no-progress', '-quiet'],
];

/**
 * A root file system as a read-only disk.
 *
 * @returns path of the squashfs image
 */
export async function buildDisk(options: {
  rootfsDir: string;
  rootfsDigest: string;
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
      const args = [options.rootfsDir, join(into, 'root.squashfs'), ...OPTIONS];
      await runTool('mksquashfs', args, { debianPackage: 'squashfs-tools' });
    },
  });
  return join(dir, 'root.squashfs');
}
