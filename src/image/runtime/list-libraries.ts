import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { runTool } from '../../lib/run-tool.ts';
import { isBelow } from '../tree/is-below.ts';
import { type Elf, readElf } from './read-elf.ts';

const DEFAULT_DIRS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'];
/**
 * Libraries that the C library opens by name at run time, for thread cancellation and name look-ups. No file lists
 * them.
 */
const OPENED_BY_LIBC = ['libgcc_s.so.1', 'libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/**
 * The shared libraries and the dynamic loader that ELF files of this machine need, as host paths, transitively. They
 * are found by the rules of the dynamic loader but read from the files: nothing is executed, so that a function's own
 * binary can be examined safely.
 * @param options.within a function's tree. Its files may name further libraries of that tree, but of the machine only
 *   those in the system's library directories, so that a function cannot bring other files of the host into its image
 * @returns `missing`: names of libraries that were not found
 */
export async function listLibraries(
  files: string[],
  options: { within?: string } = {},
): Promise<{ libraries: string[]; missing: string[] }> {
  const system = await systemLibraries();
  const libraries = new Set<string>();
  const missing = new Set<string>();
  const pending = [...files];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    const needs = readNeeds(file, system, options.within);
    for (const name of needs.missing) missing.add(name);
    for (const path of needs.found.filter((path) => !libraries.has(path))) {
      libraries.add(path);
      pending.push(path);
    }
  }
  return { libraries: [...libraries].sort(), missing: [...missing].sort() };
}

/** The libraries that one file needs directly. */
function readNeeds(file: string, system: Map<string, string>, within?: string): { found: string[]; missing: string[] } {
  const elf = readElfFile(file);
  if (!elf) return { found: [], missing: [] };
  const own = within !== undefined && isBelow(file, within) ? within : null;
  const located = (name: string) => locate(name, elf, file, system, own);
  const opened = elf.interpreter?.includes('/ld-linux') ? OPENED_BY_LIBC : [];
  const loader = (elf.interpreter ? [elf.interpreter] : []).filter(own ? isSystemLibrary : (path) => existsSync(path));
  const found = [...elf.needed, ...opened].map(located).filter((path) => path !== null);
  return { found: [...found, ...loader], missing: elf.needed.filter((name) => located(name) === null) };
}

/** `within` null: a file of the machine itself, whose search paths are trusted. */
function locate(
  name: string,
  elf: Elf,
  file: string,
  system: Map<string, string>,
  within: string | null,
): string | null {
  const origin = dirname(realpathSync.native(file));
  const expand = (path: string) => resolve('/', path.replace(/\$\{?ORIGIN\}?/, origin));
  const allowed = (path: string) => within === null || isBelow(path, within) || isSystemLibrary(path);
  const candidates = name.includes('/')
    ? [expand(name)]
    : [
        ...elf.searchPaths.map((path) => join(expand(path), name)),
        ...[system.get(name) ?? []].flat(),
        ...DEFAULT_DIRS.map((dir) => join(dir, name)),
      ];
  return candidates.find((path) => allowed(path) && readElfFile(path)?.machine === elf.machine) ?? null;
}

/** Whether the path lies in a library directory, as written and after links, and everybody may read it. */
function isSystemLibrary(path: string): boolean {
  try {
    const inPlace = (candidate: string) => /^(\/usr)?(\/local)?\/lib(32|64|x32)?\//.test(candidate);
    return inPlace(resolve(path)) && inPlace(realpathSync.native(path)) && (statSync(path).mode & 0o004) !== 0;
  } catch {
    return false;
  }
}

function readElfFile(path: string): Elf | null {
  try {
    return statSync(path).isFile() ? readElf(readFileSync(path)) : null;
  } catch {
    return null;
  }
}

/**
 * The dynamic loader's own cache, by name; empty where there is no ldconfig (musl), which has only default directories.
 */
async function systemLibraries(): Promise<Map<string, string>> {
  const listing = await runTool('ldconfig', ['-p'], { debianPackage: 'libc-bin' }).catch(() => Buffer.alloc(0));
  const found = new Map<string, string>();
  for (const line of listing.toString('utf8').split('\n')) {
    const match = /^\t(\S+) \(([^)]*)\) => (\S+)$/.exec(line);
    if (!match?.[1] || !match[3] || !match[2]?.includes('x86-64') || match[2].includes('hwcap')) continue;
    if (!found.has(match[1])) found.set(match[1], match[3]);
  }
  return found;
}
