import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isInside } from '../../config/workspace.ts';
import type { FunctionConfig } from '../../model/config.ts';
import {
  describeTooMany,
  findHoisted,
  findPackage,
  type HoistedPackages,
  listDependencies,
  MAX_DEPENDENCIES,
  readManifest,
} from '../tree/find-packages.ts';
import { packagesImportedBy, packagesNamedIn } from '../tree/imported-packages.ts';
import { listTree } from '../tree/list-tree.ts';

const SCRIPT = /\.[cm]?js$/;
const MAX_NAMED = 3;
/** Whoever wrote the file of locked versions installs from it. */
const INSTALLERS = [
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn install --immutable'],
  ['package-lock.json', 'npm ci'],
] as const;

/** The script that Node starts with, relative to the function's directory; null for what is no function of Node. */
function entryOf({ runtime, handler, command }: FunctionConfig): string | null {
  if (runtime === 'node') return handler?.file ?? null;
  const [program = '', ...rest] = command ?? [];
  return /^node(js)?$/.test(basename(program)) ? (rest.find((word) => SCRIPT.test(word)) ?? null) : null;
}

/**
 * The packages that a function of Node has above its directory, in the same checkout.
 * @param options.boundary real path of the checkout
 * @param options.refuse makes the error for packages that are too many
 */
export function locateHoisted(
  config: FunctionConfig,
  options: { boundary: string; refuse: (what: string) => Error },
): HoistedPackages | null {
  const { directory } = config;
  const { boundary, refuse } = options;
  if (entryOf(config) === null || !isInside(boundary, directory) || !hasModulesAbove(directory, boundary)) return null;
  const files = listTree(directory, { exclude: (name) => name === 'node_modules' || name === '.git' })
    .filter((entry) => entry.kind === 'file')
    .map((entry) => entry.path);
  const declared = listDependencies(readManifest(directory));
  if (declared.length > MAX_DEPENDENCIES)
    throw refuse(describeTooMany(declared.length, join(directory, 'package.json')));
  return findHoisted(directory, new Set([...declared, ...packagesNamedIn(directory, files)]), options);
}

function hasModulesAbove(directory: string, boundary: string): boolean {
  for (let at = directory; at !== boundary && at !== dirname(at); at = dirname(at))
    if (existsSync(join(dirname(at), 'node_modules'))) return true;
  return false;
}

/**
 * What a function imports and its package.json asks for, but nobody has installed: the end of a sentence that begins with the
 * function. Null where nothing is missing. Only imports that the text of its scripts shows are looked at, because a
 * bundle may have everything in it.
 */
export function describeMissing(config: FunctionConfig, boundary: string | null): string | null {
  const entry = entryOf(config);
  if (entry === null || !existsSync(join(config.directory, entry))) return null;
  const from = join(config.directory, dirname(entry));
  const top = boundary !== null && isInside(boundary, config.directory) ? boundary : config.directory;
  const manifest = nearestManifest(from, config.directory);
  const declared = new Set(Object.keys(manifest?.dependencies ?? {}));
  if (declared.size > MAX_DEPENDENCIES) return describeTooMany(declared.size, 'its package.json');
  const missing = [...packagesImportedBy(config.directory, entry)].filter(
    (name) => declared.has(name) && findPackage(name, from, top) === null,
  );
  if (missing.length === 0) return null;
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : '';
  const installer = INSTALLERS.find(([file]) => findAbove(file, from, top))?.[1] ?? 'npm install';
  return `imports ${missing.slice(0, MAX_NAMED).join(', ')}${more}, which its package.json asks for and no node_modules has: run ${installer} first, or let it be installed by build: [npm, ci, --omit=dev] with build_network: true`;
}

function nearestManifest(from: string, top: string): ReturnType<typeof readManifest> {
  for (let at = from; ; at = dirname(at)) {
    const manifest = readManifest(at);
    if (manifest !== null || at === top || at === dirname(at)) return manifest;
  }
}

function findAbove(file: string, from: string, top: string): boolean {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, file))) return true;
    if (at === top || at === dirname(at)) return false;
  }
}

/** Whether a build installs packages itself, so that those of the checkout would only be in its way. */
export const installsPackages = (argv: string[]): boolean =>
  /(^|[\s;&|/])(npm|pnpm|yarn|bun)\s+(ci|install|i|add|clean-install)\b|(^|[\s;&|/])yarn\s*($|[;&|]|--)/.test(
    argv.join(' '),
  );
