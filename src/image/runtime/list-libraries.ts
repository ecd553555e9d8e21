import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { runTool } from '../../lib/run-tool.ts';
import { BadInputError } from '../../model/errors.ts';
import { isBelow } from '../tree/is-below.ts';
import { type Elf, MAX_SEARCH_PATHS, readElfFile, readElfMachine, TooMuchInElfError } from './read-elf.ts';

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

/** Of all files of one call; the largest packages have some tens of thousands. */
const MAX_LOOKUPS = 200_000;
const LOOKUPS_PER_TURN = 256;

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
 * @throws BadInputError for a file that names more than any real one does
 */
export async function listLibraries(
  files: string[],
  options: { within?: Within; signal?: AbortSignal | undefined } = {},
): Promise<{ libraries: string[]; missing: string[] }> {
  const look = { system: await systemLibraries(), turn: countLookups(options.signal), within: options.within };
  const libraries = new Set<string>();
  const missing = new Set<string>();
  const pending: Pending[] = files.map((file) => ({ file, paths: [], own: null }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    await look.turn();
    const needs = await readNeeds(next, look).catch((error: unknown) => {
      throw explainTooMuch(error, next.file, options.within);
    });
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

interface Look {
  system: Map<string, string>;
  /** To be awaited before each look at the file system. */
  turn: () => Promise<void>;
  within: Within | undefined;
}

/** Lets others have their turn now and then, and ends what would take for ever. */
function countLookups(signal: AbortSignal | undefined): Look['turn'] {
  let count = 0;
  return async () => {
    if (++count > MAX_LOOKUPS) throw new TooMuchInElfError(`more than ${MAX_LOOKUPS} places to look for libraries in`);
    if (count % LOOKUPS_PER_TURN !== 0) return;
    await setImmediate();
    signal?.throwIfAborted();
  };
}

function explainTooMuch(error: unknown, file: string, within: Within | undefined): unknown {
  if (!(error instanceof TooMuchInElfError)) return error;
  const place = within !== undefined && isBelow(file, within.dir) ? relative(within.dir, file) : file;
  return new BadInputError(`${place} has ${error.message}: leave it out with exclude, or link it anew`, {
    cause: error,
  });
}

/** The libraries that one file needs directly, and the directories that it hands on to them. */
async function readNeeds(
  { file, paths, own: asking }: Pending,
  { system, turn, within }: Look,
): Promise<Omit<Pending, 'file'> & { found: string[]; missing: string[] }> {
  const elf = readIfElf(file);
  if (!elf) return { found: [], missing: [], paths: [], own: asking };
  const own = within !== undefined && isBelow(file, within.dir) ? within : asking;
  const origin = dirname(realpathSync.native(file));
  const expand = (path: string) => inTree(resolve('/', path.replace(/\$\{?ORIGIN\}?/, origin)), own);
  const dirs = [...new Set([...elf.searchPaths.map(expand), ...(elf.handsOnPaths ? paths : [])])];
  if (dirs.length > MAX_SEARCH_PATHS)
    throw new TooMuchInElfError(
      `${dirs.length} search paths with those of what asks for it; accepted: at most ${MAX_SEARCH_PATHS}`,
    );
  const located = new Map<string, string | null>();
  for (const name of new Set([...elf.needed, ...openedBy(elf)]))
    located.set(name, await locate(name, { elf, dirs, expand, system, own, turn }));
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
async function locate(
  name: string,
  from: {
    elf: Elf;
    dirs: string[];
    expand: (path: string) => string;
    system: Map<string, string>;
    own: Within | null;
    turn: Look['turn'];
  },
): Promise<string | null> {
  const { elf, dirs, expand, system, own, turn } = from;
  const allowed = (path: string) => own === null || isBelow(path, own.dir) || isSystemLibrary(path);
  const candidates = name.includes('/')
    ? [expand(name)]
    : [
        ...dirs.map((dir) => join(dir, name)),
        ...[system.get(name) ?? []].flat(),
        ...DEFAULT_DIRS.map((dir) => join(dir, name)),
      ];
  for (const path of candidates) {
    await turn();
    if (existsSync(path) && allowed(path) && machineOf(path) === elf.machine) return path;
  }
  return null;
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
  } catch (error) {
    if (error instanceof TooMuchInElfError) throw error;
    return null;
  }
}

function machineOf(path: string): number | null {
  try {
    return statSync(path).isFile() ? readElfMachine(path) : null;
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
