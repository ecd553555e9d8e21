import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../lib/run-tool.ts';
import { BadInputError } from '../../model/errors.ts';
import { copyUnchanged, type FunctionTree } from '../build/build-function.ts';
import { ISOGATE_DIR } from '../runtime/function-process.ts';
import { type GuestParts, placeGuestFiles, userLines } from '../runtime/place-own-files.ts';
import { FUNCTION_DIR } from '../tree/function-dir.ts';
import { FIXED_TIME_SECONDS, sealFunction, sealTree } from '../tree/seal-tree.ts';
import type { SourceTree } from './build-source.ts';

/** Where every instance mounts a file system of its own. */
const MOUNT_POINTS = ['dev', 'proc', 'sys', 'tmp'];
const OWN_DIRS = [FUNCTION_DIR, ISOGATE_DIR];

/**
 * Fills a root file system with the one that the function brings, the function and the agent. Its files are hard links
 * to those in the cache, so that owners, modes, attributes and devices stay. Nothing is written through a link of the
 * tree.
 * @throws BadInputError when the tree has something where an instance needs its own
 */
export async function fillFromSource(
  rootfs: string,
  source: SourceTree,
  parts: GuestParts & { title: string; tree: FunctionTree | null },
): Promise<void> {
  await runTool('cp', ['--archive', '--link', '--no-target-directory', '--', source.dir, rootfs], {
    debianPackage: 'coreutils',
  });
  const refuse = (what: string) => new BadInputError(`functions.${parts.title}.image: ${source.text} ${what}`);
  for (const name of MOUNT_POINTS) ensureDirectory(rootfs, name, refuse);
  for (const dir of OWN_DIRS) ensureEmptyDirectory(rootfs, dir, refuse);
  placeGuestFiles(rootfs, parts);
  if (parts.tree) await copyUnchanged(parts.tree, join(rootfs, FUNCTION_DIR));
  sealTree(join(rootfs, ISOGATE_DIR));
  sealFunction(join(rootfs, FUNCTION_DIR));
  nameUser(rootfs);
  // runc 1.1 gives a tmpfs the mode of the directory below it, whatever its mount options say.
  chmodSync(join(rootfs, 'tmp'), 0o1777);
  for (const name of ['', 'etc', ...MOUNT_POINTS])
    lutimesSync(join(rootfs, name), FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
}

/** Makes sure that it is a directory, and not a link that an instance's mount would follow. */
function ensureDirectory(rootfs: string, name: string, refuse: (what: string) => Error): void {
  const path = join(rootfs, name);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) mkdirSync(path);
  else if (!stat.isDirectory())
    throw refuse(`has /${name}, which is not a directory: an instance mounts its own there`);
  chownSync(path, 0, 0);
  chmodSync(path, 0o755);
}

function ensureEmptyDirectory(rootfs: string, dir: string, refuse: (what: string) => Error): void {
  const path = join(rootfs, dir);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat && (!stat.isDirectory() || readdirSync(path).length > 0))
    throw refuse(`has ${dir}: an image is to leave that free`);
  if (!stat) mkdirSync(path);
}

/**
 * Gives the function's user a name, as every image does. The file is made anew, because the old one is a hard link to
 * the cache.
 */
function nameUser(rootfs: string): void {
  const etc = join(rootfs, 'etc');
  const stat = lstatSync(etc, { throwIfNoEntry: false });
  if (!stat) mkdirSync(etc, { mode: 0o755 });
  else if (!stat.isDirectory()) return;
  for (const [name, line] of Object.entries(userLines())) {
    const path = join(etc, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found && !found.isFile()) continue;
    const before = found ? readUnlinked(path) : '';
    rmSync(path, { force: true });
    writeFileSync(path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}`, {
      mode: 0o644,
      flag: 'wx',
      encoding: 'latin1',
    });
    lutimesSync(path, FIXED_TIME_SECONDS, FIXED_TIME_SECONDS);
  }
}

function readUnlinked(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readFileSync(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}
