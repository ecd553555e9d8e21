import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { sealedFileMode } from '../tree/seal-tree.ts';

/** As many links as Linux follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Copies a file of the machine to the same path below `rootfs`. Links on the way (such as `/lib` to `/usr/lib`) are
 * made there too and followed, so that the path leads to the same file inside. A directory is made empty.
 * @throws Error when the file does not exist or its links form a circle
 */
export function placeHostFile(rootfs: string, hostPath: string): void {
  let rest = hostPath.split('/').filter(Boolean);
  let current = '/';
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = join(current, name);
    const stat = lstatSync(next);
    if (stat.isSymbolicLink()) {
      if (++links > MAX_LINKS) throw new Error(`${hostPath}: its links go round in a circle`);
      const target = readlinkSync(next);
      makeLink(rootfs, next, target);
      rest = [...resolve(current, target).split('/').filter(Boolean), ...rest];
      current = '/';
    } else if (stat.isDirectory()) {
      mkdirSync(join(rootfs, next), { recursive: true });
      current = next;
    } else {
      placeFile(next, join(rootfs, next), stat.mode);
    }
  }
}

/** Makes a link in a directory that is the same as on the machine; what is there already stays. */
export function placeLink(rootfs: string, path: string, target: string): void {
  if (existsSync(dirname(path))) placeHostFile(rootfs, dirname(path));
  else mkdirSync(join(rootfs, dirname(path)), { recursive: true });
  makeLink(rootfs, path, target);
}

function makeLink(rootfs: string, path: string, target: string): void {
  if (!lstatSync(join(rootfs, path), { throwIfNoEntry: false })) symlinkSync(target, join(rootfs, path));
}

function placeFile(from: string, to: string, mode: number): void {
  if (existsSync(to)) return;
  copyFileSync(from, to);
  chmodSync(to, sealedFileMode(mode));
}
