/** Where this process looks for programs: those that it starts itself, perhaps as root, and those that functions are made with. */

import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { SYSTEM_PATH } from '../lib/run-tool.ts';
import { realIfThere } from '../lib/stat-if-there.ts';

/** Where an administrator (or scripts/setup-runner) puts what the distribution lacks. */
const INSTALLED = '/opt/isogate/bin';
/** These are the machine itself. */
const SYSTEM = new Set([...SYSTEM_PATH.split(':'), INSTALLED]);

/** Directories of the repository under test: what lies in there is a pull request's, whatever it is called. */
const workspaces = new Set<string>();
/** PATH as this process was given it, and what was left of it. */
let given: { all: string; trusted: string } | null = null;

/**
 * Takes out of PATH every directory in which somebody else may have put a program: what npm and npx put in front
 * (`node_modules`), what lies in the workspace (`.venv/bin`), what other users may write to, and what depends on the working
 * directory. A `git`, `flock` or `tar` in there would run with all rights of this process.
 */
export function trustPath(env: NodeJS.ProcessEnv, workspace: string = process.cwd()): void {
  for (const dir of [workspace, env['GITHUB_WORKSPACE']]) if (dir) addWorkspace(dir);
  const path = env['PATH'];
  if (path === undefined) return;
  const trusted = path.split(delimiter).filter(isTrusted).join(delimiter);
  given = { all: given?.trusted === path ? given.all : path, trusted };
  env['PATH'] = trusted;
}

/** With the top of its repository. A home directory that somebody works in is no workspace: version managers live there. */
function addWorkspace(dir: string): void {
  const real = realIfThere(dir);
  if (real === null) return;
  let top = real;
  for (let at = real; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, '.git'))) top = at;
  for (const one of [real, top]) if (one !== '/' && one !== realIfThere(homedir())) workspaces.add(one);
}

/** Directories in which programs are looked for that this process starts, in order: those of PATH that can be trusted, then {@link INSTALLED}. */
export const programDirectories = (): string[] => [
  ...(process.env['PATH'] ?? SYSTEM_PATH).split(delimiter).filter(isTrusted),
  INSTALLED,
];

/**
 * Directories of the programs that functions are made of and builds call, such as language runtimes. Those that others may
 * write to are among them, as a runner's tool cache is: what is found there runs confined only.
 */
export function runtimeDirectories(): string[] {
  const path = process.env['PATH'] ?? SYSTEM_PATH;
  const all = path === given?.trusted ? given.all : path;
  return [...all.split(delimiter).filter(isOfMachine), INSTALLED];
}

/**
 * Absolute path of the first executable file of that name, null where there is none. An instance gets a PATH of its own, so
 * that its program has to be found before.
 * @param more directories to look in besides {@link programDirectories}
 */
export const findProgram = (name: string, more: string[] = []): string | null =>
  findIn([...programDirectories(), ...more], name);

/** The same for a program that a function is made of, or that a build calls; this process never runs it unconfined. */
export const findRuntimeProgram = (name: string): string | null => findIn(runtimeDirectories(), name);

const findIn = (directories: string[], name: string): string | null =>
  directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;

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
    const places = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/opt', ...runtimeDirectories()];
    const stat = statSync(realpathSync.native(path));
    const placed = places.some((place) => resolve(path).startsWith(`${place}/`));
    return placed && stat.isFile() && (stat.mode & 0o005) === 0o005;
  } catch {
    return false;
  }
}

/** Neither what a repository's dependencies brought, nor what lies in a workspace, by either of its names. */
function isOfMachine(directory: string): boolean {
  if (!isAbsolute(directory) || `${directory}/`.includes('/node_modules/')) return false;
  const places = [resolve(directory), realIfThere(directory) ?? resolve(directory)];
  return !places.some((place) => [...workspaces].some((dir) => place === dir || place.startsWith(`${dir}/`)));
}

function isTrusted(directory: string): boolean {
  return (
    isAbsolute(directory) && (SYSTEM.has(resolve(directory)) || (isOfMachine(directory) && isClosedToOthers(directory)))
  );
}

/** Whether nobody but root and this process's own user may put something there. */
function isClosedToOthers(directory: string): boolean {
  try {
    const { uid, gid, mode } = statSync(directory);
    const isOwn = uid === 0 || uid === process.geteuid?.();
    return isOwn && (mode & 0o002) === 0 && ((mode & 0o020) === 0 || gid === 0 || gid === process.getegid?.());
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
