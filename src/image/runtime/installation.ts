import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

/** Directories for programs, beside which an installation keeps its other files. */
const PROGRAM_DIRS = new Set(['bin', 'sbin', 'libexec', 'games']);
/** Directories that all programs of a system share. */
const SHARED =
  /^(\/|\/usr|\/usr\/local|(\/usr(\/local)?)?\/(lib|lib32|lib64|libexec|share)(\/[a-z0-9_]+-linux-[a-z]+)?|\/opt|\/etc|\/var|\/var\/lib|\/srv|\/home|\/snap|\/nix|\/nix\/store|\/tmp)$/;
export const isShared = (dir: string): boolean => SHARED.test(dir);

/** What a self-hosted runner has in its directory: credentials and workspaces. */
const OF_RUNNERS = ['.runner', '.credentials', '_work'];

export const isRunner = (dir: string): boolean => OF_RUNNERS.some((name) => existsSync(join(dir, name)));

/**
 * The directory that a program was installed into together with all of its files, such as that of a JDK. Null for one
 * that lies among others, as those in /usr/bin do.
 * @param program real path
 */
export function installationOf(program: string): string | null {
  const dir = dirname(program);
  const prefix = PROGRAM_DIRS.has(basename(dir)) ? dirname(dir) : dir;
  return isInstallation(prefix) ? prefix : null;
}

/** Home directories, workspaces and what runners keep are never an installation, nor is anything that they lie in. */
export function isInstallation(dir: string): boolean {
  if (isShared(dir) || isRunner(dir)) return false;
  const holdsOurs = [process.cwd(), homedir()].some((place) => `${place}/`.startsWith(`${dir}/`));
  return !holdsOurs && !isSharedInHome(dir);
}

/**
 * Whether it is a user's own place for programs of all kinds (`~/.local`, `~/.cargo`, `~/go`, `~/bin`): those of version
 * managers lie deeper.
 */
function isSharedInHome(dir: string): boolean {
  const home = homeOf(dir);
  if (home === null) return false;
  const [first = '', ...rest] = relative(home, dir).split('/');
  return rest.length === 0 && (first.startsWith('.') || first === 'go' || first === 'bin' || first === '');
}

function homeOf(path: string): string | null {
  const own = homedir();
  if (own !== '/' && `${path}/`.startsWith(`${own}/`)) return own;
  return /^(\/home\/[^/]+|\/root)(?=\/|$)/.exec(path)?.[1] ?? null;
}

/** Files and directories that hold passwords and keys, by name. */
const SECRET =
  /^(\.env(\..*)?|\.?npmrc|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|settings(-security)?\.xml|\.yarnrc(\.yml)?|\.netrc|\.pypirc|\.git|\.git-credentials|\.ssh|\.aws|\.azure|\.docker|\.kube|\.gnupg|\.credentials.*|credentials\.(toml|json|xml|ya?ml|ini|csv|properties|db))$/;

export const isSecretName = (name: string): boolean => SECRET.test(name);
