import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { findRuntimeProgram } from '../../host/find-program.ts';
import { readBounded } from '../../lib/read-bounded.ts';

const MAX_FILES = 20_000;
const MAX_LEVELS = 8;
const MAX_BYTES = 2 ** 20;
/** Of source text, in which patterns are looked for, only so much is kept: its first and its last half. */
export const MAX_SOURCE = 256 * 2 ** 10;
const SOURCE = /\.([cm]?[jt]sx?|py|go|rs|java|kt|cs|php|rb|sh)$/;

/** Directories without functions of the repository's own: what tools install, build and keep, and its tests. */
const SKIPPED = new Set([
  ...[
    'node_modules',
    'bower_components',
    'vendor',
    'venv',
    'env',
    'site-packages',
    '__pycache__',
    'target',
    'coverage',
  ],
  ...['dist', 'build', 'out', 'isogate-out', 'isogate-events', 'docs', 'doc', 'test', 'tests', '__tests__', 'spec'],
  ...['cdk.out', 'e2e'],
]);
/** Directories that begin with a dot, and yet are looked into. */
const KEPT = new Set(['.netlify']);

/** What `init` sees of a repository: names, and the text of small files. Nothing of it is ever run. */
export interface Repository {
  /** Paths relative to the root, in byte order; links are not followed. */
  files: readonly string[];
  /** Whether there were more files than are looked at. */
  isCut: boolean;
  has: (path: string) => boolean;
  /** Files of one directory, also of one that is not searched for functions; in byte order. */
  list: (directory: string) => string[];
  /** Text of a file of at most 1 MiB, of source text 256 KiB of it; empty where there is none. */
  read: (path: string) => string;
  /** Whether a program is on PATH. */
  hasProgram: (name: string) => boolean;
}

const walk = (root: string): { files: string[]; isCut: boolean } => {
  const files: string[] = [];
  const waiting: [directory: string, level: number][] = [['', 0]];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [directory, level] = next;
    for (const entry of readEntries(join(root, directory))) {
      const path = posix.join(directory, entry.name);
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && level < MAX_LEVELS && isLookedInto(entry.name)) waiting.push([path, level + 1]);
      if (files.length >= MAX_FILES) return { files, isCut: true };
    }
  }
  return { files, isCut: false };
};

const isLookedInto = (name: string): boolean => KEPT.has(name) || !(name.startsWith('.') || SKIPPED.has(name));

const readEntries = (directory: string): Dirent[] => {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
};

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** @param hasProgram in place of looking on PATH */
export const openRepository = (
  root: string,
  hasProgram: (name: string) => boolean = (name) => findRuntimeProgram(name) !== null,
): Repository => {
  const { files, isCut } = walk(root);
  const known = new Set(files);
  const texts = new Map<string, string>();
  const read = (path: string): string => {
    const text = texts.get(path) ?? readText(join(root, path));
    texts.set(path, text);
    return text;
  };
  const has = (path: string) => known.has(path) || (isFile(join(root, path)) && isWithin(root, join(root, path)));
  return {
    files: files.sort(compareBytes),
    isCut,
    has,
    list: (directory) =>
      (isWithin(root, join(root, directory)) ? readEntries(join(root, directory)) : [])
        .filter((entry) => entry.isFile())
        .map((entry) => posix.join(directory, entry.name))
        .sort(compareBytes),
    read: (path) => (has(path) ? read(path) : ''),
    hasProgram,
  };
};

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Whether a path lies in a directory after all links: a directory of the repository may be a link to anywhere. */
export const isWithin = (root: string, path: string): boolean => {
  try {
    const way = relative(realpathSync.native(root), realpathSync.native(path));
    return way !== '..' && !way.startsWith('../');
  } catch {
    return false;
  }
};

const readText = (path: string): string => {
  try {
    const text = readBounded(path, MAX_BYTES, path);
    const isLong = SOURCE.test(path) && text.length > MAX_SOURCE;
    return isLong ? `${text.slice(0, MAX_SOURCE / 2)}\n${text.slice(-MAX_SOURCE / 2)}` : text;
  } catch {
    return '';
  }
};

/** A path below a directory of the repository, in the form of its list of files: `./a` and `a/` are `a`. */
export const below = (directory: string, path: string): string =>
  posix.normalize(posix.join(directory, path)).replace(/\/$/, '') || '.';

/** The directory of a file; `.` for the root. */
export const directoryOf = (path: string): string => posix.dirname(path);

/** `path` as it is written in a configuration where it is relative to `directory`. */
export const relativeTo = (directory: string, path: string): string => posix.relative(directory, path) || '.';
