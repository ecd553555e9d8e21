import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { runTool } from '../../lib/run-tool.ts';
import { isBelow } from '../tree/is-below.ts';
import { type Elf, readElfFile } from './read-elf.ts';

/** Those of the loader itself; Debian's has the ones with the architecture in their name. */
const DEFAULT_DIRS = [
  ...['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64', '/lib', '/usr/lib'],
  '/usr/local/lib',
];
/**
 * Libraries that the C library opens by name at run time, for thread cancellation and name look-ups. No file lists
 * them.
 */
const OPENED_BY_LIBC = ['libgcc_s.so.1', 'libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/** A function's tree, and where it stands in the image: search paths may name either. */
export interface Within {
  dir: string;
  mountedAt: string;
}

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
  options: { within?: Within } = {},
): Promise<{ libraries: string[]; missing: string[] }> {
  const system = await systemLibraries();
  const libraries = new Set<string>();
  const missing = new Set<string>();
  const pending: Pending[] = files.map((file) => ({ file, paths: [], own: null }));
  let turns = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (++turns % 64 === 0) await setImmediate();
    const needs = readNeeds(next, system, options.within);
    for (const name of needs.missing) missing.add(name);
    for (const path of needs.found.filter((path) => !libraries.has(path))) {
      libraries.add(path);
      pending.push({ file: path, paths: needs.paths, own: needs.own });
    }
  }
  return { libraries: [...libraries].sort(), missing: [...missing].sort() };
}

interface Pending {
  file: string;
  /** Where the files that ask for it have the libraries of their libraries looked for (DT_RPATH). */
  paths: string[];
  /** The tree that asks for it, at whatever distance: what a tree names is not trusted. */
  own: Within | null;
}

/** The libraries that one file needs directly, and the directories that it hands on to them. */
function readNeeds(
  { file, paths, own: asking }: Pending,
  system: Map<string, string>,
  within?: Within,
): Omit<Pending, 'file'> & { found: string[]; missing: string[] } {
  const elf = readIfElf(file);
  if (!elf) return { found: [], missing: [], paths: [], own: asking };
  const own = within !== undefined && isBelow(file, within.dir) ? within : asking;
  const origin = dirname(realpathSync.native(file));
  const expand = (path: string) => inTree(resolve('/', path.replace(/\$\{?ORIGIN\}?/, origin)), own);
  const dirs = [...elf.searchPaths.map(expand), ...(elf.handsOnPaths ? paths : [])];
  const located = new Map(
    [...new Set([...elf.needed, ...openedBy(elf)])].map((name) => [
      name,
      locate(name, { elf, dirs, expand, system, own }),
    ]),
  );
  const loader = (elf.interpreter ? [elf.interpreter] : []).filter(own ? isSystemLibrary : (path) => existsSync(path));
  return {
    found: [...[...located.values()].filter((path) => path !== null), ...loader],
    missing: elf.needed.filter((name) => located.get(name) === null),
    paths: elf.handsOnPaths ? dirs : [],
    own,
  };
}

const openedBy = (elf: Elf): string[] => (elf.interpreter?.includes('/ld-linux') ? OPENED_BY_LIBC : []);

const inTree = (path: string, own: Within | null): string =>
  own && `${path}/`.startsWith(`${own.mountedAt}/`) ? join(own.dir, path.slice(own.mountedAt.length)) : path;

/** `own` null: asked for by a file of the machine itself, whose search paths are trusted. */
function locate(
  name: string,
  from: {
    elf: Elf;
    dirs: string[];
    expand: (path: string) => string;
    system: Map<string, string>;
    own: Within | null;
  },
): string | null {
  const { elf, dirs, expand, system, own } = from;
  const allowed = (path: string) => own === null || isBelow(path, own.dir) || isSystemLibrary(path);
  const candidates = name.includes('/')
    ? [expand(name)]
    : [
        ...dirs.map((dir) => join(dir, name)),
        ...[system.get(name) ?? []].flat(),
        ...DEFAULT_DIRS.map((dir) => join(dir, name)),
      ];
  return candidates.find((path) => allowed(path) && readIfElf(path)?.machine === elf.machine) ?? null;
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

function readIfElf(path: string): Elf | null {
  try {
    return statSync(path).isFile() ? readElfFile(path) : null;
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
