import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../host/find-program.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import { FUNCTION_UID } from '../../model/uids.ts';

export interface SandboxOptions {
  /** Host directory that stands, writable, at /function. */
  tree: string;
  /** Host file that stands at /etc/passwd, so that the user has a name. */
  passwd: string;
  network: boolean;
  env: Record<string, string>;
  /** Further directories and files of the machine to show, read-only. */
  show: string[];
  /** Null where the harness is not root: then the user is made by a user namespace. */
  asRoot: boolean;
  uid: number;
  gid: number;
}

const TMP_BYTES = 2 ** 30;
const ETC = [
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'ssl/certs', 'ssl/openssl.cnf', 'pki', 'group'],
  ...['nsswitch.conf', 'localtime', 'os-release'],
];
const NETWORK_ETC = ['resolv.conf', 'hosts', 'services'];

/**
 * Argument vector of bubblewrap for a build: the machine's programs read-only, the function's tree writable, its own
 * process ids (so that everything dies with it), no network unless wanted, nothing of home directories or workspaces.
 */
export function sandboxArgs(options: SandboxOptions, argv: string[]): string[] {
  const etc = [...ETC, ...(options.network ? NETWORK_ETC : [])].map((name) => `/etc/${name}`);
  const shown = [...new Set(['/usr', ...etc, ...optDirs(), ...options.show])].filter((path) => existsSync(path));
  const readOnly = shown.filter((path) => !shown.some((other) => path.startsWith(`${other}/`)));
  const ids = ['--uid', String(options.uid), '--gid', String(options.gid)];
  const drop = ['--reuid', String(options.uid), '--regid', String(options.gid), '--clear-groups', '--no-new-privs'];
  return [
    ...['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
    ...(options.network ? [] : ['--unshare-net']),
    ...(options.asRoot
      ? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name])
      : ['--unshare-user', ...ids]),
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap(sameAsHost),
    // Made by itself, bubblewrap's directories would be closed to all but root.
    ...[...new Set(readOnly.flatMap(ancestors))].flatMap((dir) => ['--perms', '0755', '--dir', dir]),
    ...readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...['--ro-bind', options.passwd, '/etc/passwd', '--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--bind', options.tree, '/function', '--chdir', '/function', '--clearenv'],
    ...Object.entries(options.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
    ...(options.asRoot
      ? ['/usr/bin/setpriv', ...drop, '--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--']
      : []),
    ...argv,
  ];
}

/** `/a` and `/a/b` of `/a/b/c`. */
const ancestors = (path: string): string[] =>
  path
    .split('/')
    .slice(1, -1)
    .map((_, index, names) => `/${names.slice(0, index + 1).join('/')}`);

export function sameAsHost(path: string): string[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  return stat.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

/** Tool chains live in /opt, but self-hosted runners do too, with their credentials and workspaces: those stay hidden. */
function optDirs(): string[] {
  if (!existsSync('/opt')) return [];
  const dirs = readdirSync('/opt', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const isRunner = (dir: string) => ['.runner', '.credentials', '_work'].some((name) => existsSync(join(dir, name)));
  return dirs
    .map((entry) => join('/opt', entry.name))
    .filter((dir) => !isRunner(dir) && !process.cwd().startsWith(dir));
}

export interface ToolSandbox {
  /** Host path of the agent. */
  agent: string;
  /** Host directory that stands at /tree; only the tool that fills it may write there. */
  tree?: { dir: string; writable: boolean };
  /** Null: the function's user without any; else root with these and no other. */
  capabilities: string[] | null;
  /** Largest file that it may write. */
  fileBytes: number;
}

/**
 * The argument vector that runs one of the machine's tools over what somebody else made (an archive, a tree): in
 * bubblewrap, with the machine's /usr read-only, the tree, and nothing else of the machine; without network. What the
 * content makes it do, it can do to the tree alone.
 *
 * @throws NotMeasurableError when bubblewrap, prlimit or unshare is not installed
 */
export function toolCommand(options: ToolSandbox, argv: string[]): string[] {
  const id = String(FUNCTION_UID);
  const asFunction = options.capabilities === null;
  const capabilities = options.capabilities ?? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];
  const args = [
    ...['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net'],
    ...capabilities.flatMap((name) => ['--cap-add', name]),
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap(sameAsHost),
    ...['/usr', '/etc/ld.so.cache', '/etc/alternatives']
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...(options.tree ? [options.tree.writable ? '--bind' : '--ro-bind', options.tree.dir, '/tree'] : []),
    ...['--chdir', '/', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'LC_ALL', 'C', '--'],
    ...(asFunction
      ? ['/usr/bin/setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--no-new-privs', '--inh-caps=-all']
      : []),
    ...(asFunction ? ['--ambient-caps=-all', '--bounding-set=-all', '--'] : []),
    ...argv,
  ];
  return buildCommand({ agent: options.agent, asRoot: true, fileBytes: options.fileBytes }, args);
}

/** The size of a file in bytes: as much as a whole function may have. */
const LIMITS = { nofile: 4096, core: 0, fsize: 2 * 2 ** 30 };
/** Far more than npm or make start. Counted by user, so only where the build has the function's, which nobody else has. */
const MAX_PROCESSES = 512;

/**
 * The argument vector that starts bubblewrap for a build.
 *
 * The agent closes every descriptor but the standard ones: bubblewrap passes on what it inherits. `unshare` is there for
 * the end: bubblewrap exits with its first process, before those in the background are dead; as the first process of a
 * process namespace around it, it is reaped only after all of them (pid_namespaces(7)). Without root there is no such
 * namespace, and they end moments later.
 *
 * @throws NotMeasurableError when a program is not installed
 */
export function buildCommand(
  options: { agent: string; asRoot: boolean; fileBytes?: number; cgroupProcs?: string | undefined },
  sandboxArgs: string[],
): string[] {
  const sizes = options.fileBytes === undefined ? {} : { fsize: options.fileBytes };
  const limits = Object.entries({ ...LIMITS, ...sizes, ...(options.asRoot ? { nproc: MAX_PROCESSES } : {}) });
  return [
    ...[options.agent, 'launch', ...(options.cgroupProcs ? ['--cgroup', options.cgroupProcs] : [])],
    ...['--die-with-parent', '--'],
    ...[program('prlimit', 'util-linux'), ...limits.map(([name, value]) => `--${name}=${value}`), '--'],
    ...(options.asRoot ? [program('unshare', 'util-linux'), '--pid', '--fork', '--kill-child=SIGKILL', '--'] : []),
    ...[program('bwrap', 'bubblewrap'), ...sandboxArgs],
  ];
}

function program(name: string, debianPackage: string): string {
  const found = findProgram(name);
  if (found !== null) return found;
  throw new NotMeasurableError(`${name} is not installed: run scripts/setup-runner (Debian package ${debianPackage})`);
}
