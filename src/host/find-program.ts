/** Where this process looks for programs, all of which it may start as root. */

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { SYSTEM_PATH } from '../lib/run-tool.ts';

/** Where an administrator (or scripts/setup-runner) puts what the distribution lacks. */
const INSTALLED = '/opt/isogate/bin';

/**
 * Takes out of PATH what npm, npx and their like put in front, directories of what a repository's dependencies brought, and
 * what depends on the working directory: a `runc`, `tar` or `git` in there is the pull request's, not the machine's.
 */
export function trustPath(env: NodeJS.ProcessEnv): void {
  if (env['PATH'] !== undefined) env['PATH'] = trustedDirectories(env['PATH']).join(delimiter);
}

/** Directories in which programs are looked for, in order: those of PATH that can be trusted, then {@link INSTALLED}. */
export const programDirectories = (): string[] => [
  ...trustedDirectories(process.env['PATH'] ?? SYSTEM_PATH),
  INSTALLED,
];

/**
 * Absolute path of the first executable file of that name, null where there is none. An instance gets a PATH of its own, so
 * that its program has to be found before.
 * @param more directories to look in besides {@link programDirectories}
 */
export const findProgram = (name: string, more: string[] = []): string | null =>
  [...programDirectories(), ...more].map((directory) => join(directory, name)).find(isExecutable) ?? null;

/** Without symbolic links: what the kernel names as a process's program, and a jailer its directory after. */
export function findRealProgram(name: string): string | null {
  const path = findProgram(name);
  return path && realpathSync(path);
}

/**
 * Whether a program of this machine may be copied into an image because a function asks for it (by its shebang, for
 * example). The harness may read more than the function: so only what everybody may run anyway, in the places where
 * programs are.
 */
export function isPublicProgram(path: string): boolean {
  try {
    const places = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/opt', ...programDirectories()];
    const stat = statSync(realpathSync.native(path));
    const placed = places.some((place) => resolve(path).startsWith(`${place}/`));
    return placed && stat.isFile() && (stat.mode & 0o005) === 0o005;
  } catch {
    return false;
  }
}

const trustedDirectories = (path: string): string[] =>
  path.split(delimiter).filter((directory) => isAbsolute(directory) && !`${directory}/`.includes('/node_modules/'));

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
