import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** The search path inside of every image. */
export const IMAGE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Without those that npm puts in front: they hold what the repository's dependencies brought, which is not to be run. */
const searchDirs = (): string[] =>
  (process.env['PATH'] ?? IMAGE_PATH)
    .split(delimiter)
    .filter((dir) => isAbsolute(dir) && !dir.includes('/node_modules/'));

/** First executable of that name on the harness's PATH, null when there is none. */
export function findOnPath(name: string): string | null {
  return (
    searchDirs()
      .map((dir) => join(dir, name))
      .find(isExecutable) ?? null
  );
}

/**
 * Whether a program of this machine may be copied into an image at a function's wish. The function names it (in a
 * shebang, say), and the harness may read more than the function: so only what everybody may run anyway, in the places
 * where programs are.
 */
export function isPublicProgram(path: string): boolean {
  try {
    const places = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/opt', ...searchDirs()];
    const stat = statSync(realpathSync.native(path));
    const placed = places.some((place) => resolve(path).startsWith(`${place}/`));
    return placed && stat.isFile() && (stat.mode & 0o005) === 0o005;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
