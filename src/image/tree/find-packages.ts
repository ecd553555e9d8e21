import { realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { isInside } from '../../config/workspace.ts';
import { readBounded } from '../../lib/read-bounded.ts';
import { lstatIfThere, realIfThere } from '../../lib/stat-if-there.ts';

const MAX_MANIFEST_BYTES = 2 ** 20;
const MAX_PACKAGES = 20_000;
/** Of one package.json; those of the largest workspaces have some hundreds. */
export const MAX_DEPENDENCIES = 2000;
/** Of all packages of a function together. */
const MAX_LOOKUPS = 200_000;

const Names = v.fallback(v.record(v.string(), v.unknown()), {});
const Manifest = v.object({ dependencies: Names, optionalDependencies: Names, peerDependencies: Names });
type Manifest = v.InferOutput<typeof Manifest>;

/** Packages of a function that lie above its directory, where Node finds them as well. */
export interface HoistedPackages {
  /** The directory that holds both the function's directory and the packages. */
  root: string;
  /** The function's directory, relative to `root`. */
  at: string;
  /** Paths relative to `root` that go into the image with all that is below, but for the `node_modules` of `bare`. */
  include: Set<string>;
  /** Packages of the repository itself: their own `node_modules` are found by what they depend on. */
  bare: Set<string>;
}

/** A package.json; null where there is none that can be read. */
export function readManifest(directory: string): Manifest | null {
  try {
    const parsed: unknown = JSON.parse(
      readBounded(join(directory, 'package.json'), MAX_MANIFEST_BYTES, 'package.json'),
    );
    const found = v.safeParse(v.looseObject({}), parsed);
    const empty = { dependencies: {}, optionalDependencies: {}, peerDependencies: {} };
    return found.success ? v.parse(Manifest, { ...empty, ...found.output }) : null;
  } catch {
    return null;
  }
}

/**
 * Where Node finds a package from a directory: in the `node_modules` of it or of the nearest directory above, up to
 * `boundary`. Null where it is in none.
 */
export function findPackage(
  name: string,
  from: string,
  boundary: string,
  isThere: (path: string) => boolean = (path) => lstatIfThere(path) !== null,
): string | null {
  for (let at = from; isInside(boundary, at); at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (basename(at) !== 'node_modules' && isThere(candidate)) return candidate;
    if (at === dirname(at)) break;
  }
  return null;
}

/** The name of the package that a specifier names; null for a file, or a part of Node. */
export function packageOf(specifier: string): string | null {
  const name = /^(@[\w.~-]+\/[\w.~-]+|[A-Za-z0-9][\w.~-]*)(\/|$)/.exec(specifier)?.[1];
  return name === undefined || isBuiltin(specifier) || isBuiltin(name) ? null : name;
}

/**
 * The packages above a function's directory that it needs, and those that they need in turn (npm, Yarn and pnpm put the
 * packages of a workspace into the `node_modules` of its root; pnpm and workspaces by links). Null where it needs none.
 *
 * @param wanted names of packages that the function imports or depends on
 * @param options.boundary real path of the checkout; nothing above it is looked at
 * @param options.refuse makes the error for packages that are more, or name more, than those of any real function
 */
export function findHoisted(
  directory: string,
  wanted: Iterable<string>,
  { boundary, refuse }: { boundary: string; refuse: (what: string) => Error },
): HoistedPackages | null {
  const own = realpathSync.native(directory);
  const places = new Set<string>();
  const bare = new Set<string>();
  const isThere = rememberLookups(refuse);
  const dependenciesOf = rememberDependencies(refuse);
  const pending: Wanted[] = [{ from: own, names: wanted }];
  const seen = new Set<string>();
  for (const { name, from } of takeNames(pending)) {
    const place = findPackage(name, from, boundary, isThere);
    if (place === null) continue;
    const real = realIfThere(place);
    if (!isInside(own, place)) places.add(place);
    if (real === null || !isInside(boundary, real) || seen.has(real)) continue;
    if (seen.size === MAX_PACKAGES) throw refuse(`needs more than ${MAX_PACKAGES} packages: ${INSTALL_OWN}`);
    seen.add(real);
    if (!isInside(own, real)) places.add(real);
    if (!real.includes('/node_modules/')) bare.add(real);
    // Prisma's client loads what it has generated beside itself, without naming it anywhere.
    const more = name === '@prisma/client' ? ['.prisma'] : [];
    pending.push({ from: real, names: [...dependenciesOf(real), ...more] });
  }
  if (places.size === 0) return null;
  const root = [...places].reduce(commonParent, own);
  const inRoot = (path: string) => relative(root, path);
  return {
    root,
    at: inRoot(own),
    include: new Set([own, ...places].map(inRoot)),
    bare: new Set([...bare].filter((path) => path !== own && !isInside(own, path)).map(inRoot)),
  };
}

interface Wanted {
  /** The directory of the package that wants them. */
  from: string;
  names: Iterable<string>;
}

/** Every name of every package, also of those that are added meanwhile. */
function* takeNames(pending: Wanted[]): Generator<{ name: string; from: string }> {
  for (let next = pending.pop(); next !== undefined; next = pending.pop())
    for (const name of next.names) yield { name, from: next.from };
}

const INSTALL_OWN = 'install what it needs into its own node_modules';

/** Looks at each path once, because most packages look through the same directories above them. */
function rememberLookups(refuse: (what: string) => Error): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    if (known.size === MAX_LOOKUPS)
      throw refuse(`has its packages looked for in more than ${MAX_LOOKUPS} places: ${INSTALL_OWN}`);
    const isThere = lstatIfThere(path) !== null;
    known.set(path, isThere);
    return isThere;
  };
}

/** What the package in a directory depends on. A manifest that many packages are linked to is read once. */
function rememberDependencies(refuse: (what: string) => Error): (directory: string) => string[] {
  const known = new Map<string, string[]>();
  return (directory) => {
    const file = realIfThere(join(directory, 'package.json'));
    if (file === null) return [];
    const names = known.get(file) ?? listDependencies(readManifest(directory));
    if (names.length > MAX_DEPENDENCIES) throw refuse(describeTooMany(names.length, file));
    known.set(file, names);
    return names;
  };
}

export const describeTooMany = (count: number, file: string): string =>
  `depends on ${count} packages by ${file}; accepted: at most ${MAX_DEPENDENCIES}`;

export const listDependencies = (manifest: Manifest | null): string[] =>
  manifest === null
    ? []
    : Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }).filter(
        (name) => packageOf(name) === name,
      );

function commonParent(one: string, other: string): string {
  let at = one;
  while (!isInside(at, other)) at = dirname(at);
  return at;
}

/** Whether a path relative to `root` goes into the image, as a part of it or as a directory on the way there. */
export function includes({ include, bare }: HoistedPackages): (path: string, isDirectory: boolean) => boolean {
  const onTheWay = new Set([...include].flatMap(listParents));
  return (path, isDirectory) => {
    if (isDirectory && onTheWay.has(path)) return true;
    // The nearest of those that have it decides.
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
      if (include.has(at)) return !(bare.has(at) && /(^|\/)node_modules(\/|$)/.test(path.slice(at.length)));
      if (!at.includes('/')) return false;
    }
  };
}

const listParents = (path: string): string[] =>
  path
    .split('/')
    .map((_, index, names) => names.slice(0, index).join('/'))
    .filter(Boolean);
