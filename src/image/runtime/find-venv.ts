import { join } from 'node:path';
import { FUNCTION_DIR } from '../tree/function-dir.ts';
import type { TreeEntry } from '../tree/list-tree.ts';

/** A virtual environment of Python (PEP 405) in a function's directory. */
export interface Venv {
  /** Its directory, relative to the function's. */
  directory: string;
  /** Versions of Python that it has packages for, such as 3.11. */
  versions: string[];
}

/** Only one that lies directly in the function's directory; `.venv` before others. */
export function findVenv(entries: TreeEntry[]): Venv | null {
  const names = entries.flatMap(({ path }) => /^([^/]+)\/pyvenv\.cfg$/.exec(path)?.[1] ?? []);
  const directory = names.includes('.venv') ? '.venv' : names[0];
  if (directory === undefined) return null;
  const packages = `${directory}/lib/python`;
  const versions = entries.flatMap(({ path }) => {
    const rest = path.startsWith(packages) ? path.slice(packages.length) : '';
    return /^(\d+\.\d+)\/site-packages$/.exec(rest)?.[1] ?? [];
  });
  return { directory, versions };
}

/**
 * Makes Python look for packages there as well, after its own, and read their `.pth` files: it takes the directory for that
 * of the user's packages (site.USER_BASE). Packages for another version are not seen.
 */
export const venvVariables = (venv: Venv | null): Record<string, string> =>
  venv === null || venv.versions.length === 0 ? {} : { PYTHONUSERBASE: join(FUNCTION_DIR, venv.directory) };

/** What the log says where the packages cannot be used; null where they can, or there are none. */
export function describeMismatch(venv: Venv | null, pythonVersion: string): string | null {
  if (venv === null || venv.versions.length === 0) return null;
  if (venv.versions.some((version) => pythonVersion.startsWith(`${version}.`))) return null;
  return `${venv.directory} has packages for Python ${venv.versions.join(', ')}, which ${pythonVersion} does not see: make it with the python3 that is first on PATH, or install into the function's directory by build`;
}
