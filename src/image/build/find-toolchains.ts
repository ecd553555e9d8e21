import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { runtimeDirectories } from '../../host/find-program.ts';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import { isInstallation, isRunner, isShared } from '../runtime/installation.ts';
import { listSecrets } from '../runtime/list-secrets.ts';

/** What a build sees of the tool chains of the user who runs the harness. */
export interface Toolchains {
  /** Directories of the machine, read-only. */
  show: string[];
  /** Files and directories in them that hold passwords or keys. */
  hide: string[];
  /** Directories of PATH, in order. */
  path: string[];
  env: Record<string, string>;
}

/** Directories that tool chains of a runner are unpacked into, and tool chains themselves. */
const CACHE_VARIABLES = ['RUNNER_TOOL_CACHE', 'AGENT_TOOLSDIRECTORY'];
const HOME_VARIABLE =
  /^(JAVA_HOME(_\d+_[A-Z0-9]+)?|GRAALVM_HOME|GOROOT(_\d+_\d+_[A-Z0-9]+)?|DOTNET_ROOT|M2_HOME|MAVEN_HOME|GRADLE_HOME|ANT_HOME|KOTLIN_HOME|SCALA_HOME)$/;
/** What an installation has beside its `bin`; a directory of somebody's own may hold anything else. */
const BESIDE_BIN = [
  ...['lib', 'lib32', 'lib64', 'libexec', 'share', 'include', 'pkg', 'conf', 'etc', 'boot', 'init.d', 'release'],
  ...['jre', 'jmods', 'languages', 'releases', 'VERSION', 'go.env'],
];

/**
 * The tool chains on PATH and in the places where runners and version managers keep them. Of a home directory it is only
 * they, never the directory itself.
 */
export function findToolchains(from: NodeJS.ProcessEnv, options: { network: boolean }): Toolchains {
  const home = from['HOME'] && isAbsolute(from['HOME']) ? from['HOME'] : homedir();
  const caches = CACHE_VARIABLES.flatMap((name) => from[name] ?? []).filter(isToolCache);
  const homes = Object.entries(from).filter(
    ([name, value]) => HOME_VARIABLE.test(name) && isDirectory(value) && isInstallation(realpathSync.native(value)),
  ) as [string, string][];
  const path = runtimeDirectories().filter(isToolDirectory);
  const languages = [rust(from, home, options), go(from, home, options)];
  const shown = [
    ...['/opt/hostedtoolcache', ...caches].filter(isDirectory),
    ...homes.flatMap(([, dir]) => withReal(dir)),
    ...path.flatMap((dir) => withReal(dir).flatMap(installationAround)),
    ...languages.flatMap(({ show }) => show).filter(isDirectory),
  ];
  const show = [...new Set(shown)].filter((dir) => !isSystem(dir));
  return {
    show,
    hide: [...new Set(show.flatMap(listSecrets))],
    path: [...new Set(path)],
    env: { ...Object.fromEntries(homes), ...Object.assign({}, ...languages.map(({ env }) => env)) },
  };
}

/** Cargo writes into its directory; so without network its packages are shown, and with it there is another one in /tmp. */
function rust(
  from: NodeJS.ProcessEnv,
  home: string,
  { network }: { network: boolean },
): Pick<Toolchains, 'show' | 'env'> {
  const cargo = from['CARGO_HOME'] ?? join(home, '.cargo');
  const rustup = from['RUSTUP_HOME'] ?? join(home, '.rustup');
  const isThere = isDirectory(rustup);
  const toolchain = from['RUSTUP_TOOLCHAIN'];
  const env = isThere ? { RUSTUP_HOME: rustup, ...(toolchain ? { RUSTUP_TOOLCHAIN: toolchain } : {}) } : {};
  if (network || !isDirectory(join(cargo, 'registry'))) return { show: [rustup], env };
  const offline = { CARGO_HOME: cargo, CARGO_NET_OFFLINE: 'true' };
  return { show: [rustup, join(cargo, 'registry'), join(cargo, 'git')], env: { ...env, ...offline } };
}

/** Without network, the modules that were downloaded before can be used, and no other tool chain is asked for. */
function go(
  from: NodeJS.ProcessEnv,
  home: string,
  { network }: { network: boolean },
): Pick<Toolchains, 'show' | 'env'> {
  if (network) return { show: [], env: {} };
  const paths = (from['GOPATH'] ?? join(home, 'go')).split(':').filter(isAbsolute);
  const modules = [from['GOMODCACHE'] ?? [], ...paths.map((dir) => join(dir, 'pkg/mod'))].flat().find(isDirectory);
  const env = { GOPROXY: 'off', GOTOOLCHAIN: 'local', ...(modules ? { GOMODCACHE: modules } : {}) };
  return { show: modules ? [modules] : [], env };
}

/** Version managers' `shims` need all of the manager; what they stand for is found otherwise. */
function isToolDirectory(dir: string): boolean {
  if (!isDirectory(dir) || basename(dir) === 'shims') return false;
  const real = realpathSync.native(dir);
  return isSystem(real) || !(isHome(real) || isOwnScripts(real) || isShared(real) || isOurs(real) || isRunner(real));
}

/** A directory of programs with what belongs to it beside it, if there is an installation around it. */
function installationAround(dir: string): string[] {
  const around = dirname(dir);
  if (basename(dir) !== 'bin' || !isInstallation(around)) return [dir];
  // Go compiles its standard library from its sources.
  const isGo = ['VERSION', 'pkg', 'src'].every((name) => existsSync(join(around, name)));
  const beside = [...BESIDE_BIN, ...(isGo ? ['src'] : [])].map((name) => join(around, name));
  return [dir, ...beside.filter((path) => existsSync(path) && isBeside(path, around))];
}

/** A link may lead to a home directory, or anywhere else. */
const isBeside = (path: string, around: string): boolean =>
  realpathSync.native(path).startsWith(`${realpathSync.native(around)}/`);

/** A cache lies beside the workspace, which must not be seen. */
const isToolCache = (dir: string): boolean =>
  isDirectory(dir) && !isHome(dir) && !isShared(dir) && !`${process.cwd()}/`.startsWith(`${realpathSync.native(dir)}/`);

/** `~/bin` and the like: what somebody wrote for themselves, perhaps with passwords in it, and no tool chain. */
const isOwnScripts = (dir: string): boolean => isHome(dirname(dir));
const isHome = (dir: string): boolean => dir === homedir() || /^\/(root|home\/[^/]+)$/.test(dir);
const isOurs = (dir: string): boolean =>
  `${dir}/`.startsWith(`${process.cwd()}/`) || `${process.cwd()}/`.startsWith(`${dir}/`);
/** Whether a build sees it anyway. */
const isSystem = (dir: string): boolean => SYSTEM_PATH.split(':').includes(dir) || dir.startsWith('/usr/');

const isDirectory = (path: string | undefined): path is string => {
  try {
    return path !== undefined && isAbsolute(path) && statSync(path).isDirectory();
  } catch {
    return false;
  }
};

const withReal = (dir: string): string[] => [...new Set([dir, realpathSync.native(dir)])];

/**
 * Which tool chains there are, for the key of a build: a new compiler makes something else of the same sources. By size
 * and time of the programs, which packages and archives bring along.
 */
export function identifyToolchains(names: string[], { path, env }: Pick<Toolchains, 'path' | 'env'>): string[] {
  const programs = [...new Set(names)].flatMap((name) => {
    const found = name.startsWith('/') ? [name] : path.map((dir) => join(dir, name));
    return found
      .filter((file) => existsSync(file))
      .slice(0, 1)
      .map(identify);
  });
  const rustup = env['RUSTUP_HOME'];
  const updates = rustup ? join(rustup, 'update-hashes') : null;
  return [
    ...programs,
    ...(updates && isDirectory(updates) ? readdirSync(updates).map((name) => identify(join(updates, name))) : []),
  ];
}

function identify(file: string): string {
  const real = realpathSync.native(file);
  const { size, mtimeMs } = statSync(real);
  return `${file} ${real} ${size} ${Math.floor(mtimeMs / 1000)}`;
}
