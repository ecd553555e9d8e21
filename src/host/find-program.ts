import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where a program lies that an administrator put beside those of the distribution. */
const INSTALLED = '/opt/isogate/bin';

/**
 * Absolute path of a program, looked for as a shell does; the bare name where there is none. An instance gets a PATH of
 * its own, so that its program has to be found before.
 */
export function findProgram(name: string): string {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), INSTALLED]) {
    const path = join(directory, name);
    if (isAbsolute(path) && isExecutable(path)) return path;
  }
  return name;
}

/** The same without symbolic links: what the kernel names as a process's program, and a jailer its directory after. */
export function findRealProgram(name: string): string {
  const path = findProgram(name);
  return isAbsolute(path) ? realpathSync(path) : path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
