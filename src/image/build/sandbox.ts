/**
 * Command lines that start bubblewrap: for builds, for tools that read what somebody else made, for an image's runtime.
 */

import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findProgram } from '../../host/find-program.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { isRunner } from '../runtime/installation.ts';
import { listSecrets } from '../runtime/list-secrets.ts';

/** `fsize`: bytes of a file, as many as a whole function may have. */
const LIMITS = { nofile: 4096, core: 0, fsize: 2 * 2 ** 30 };
/** Far more than npm or make start. It is counted by user, so it is set only where the build has a user of its own. */
const MAX_PROCESSES = 512;
const TMP_BYTES = 2 ** 30;
const ETC = [
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'ssl/certs', 'ssl/openssl.cnf', 'pki', 'group'],
  ...['nsswitch.conf', 'localtime', 'os-release', 'protocols', 'mime.types', 'ca-certificates', 'crypto-policies'],
];
/** Settings of language runtimes and their tools, which stand beside their installation on Debian. */
const ETC_OF_LANGUAGES = /^(java.*|maven|gradle|perl|php|python3.*|ruby.*|dotnet)$/;
const NETWORK_ETC = ['resolv.conf', 'hosts', 'services'];

const WITHOUT_NETWORK = ['--unshare-net'];
/** Everything in the sandbox ends with it, and sees only its own processes. */
const ENCLOSED = ['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-ipc', '--unshare-uts'];
const addCapabilities = (names: string[]): string[] => names.flatMap((name) => ['--cap-add', name]);
/** The capabilities that it takes to become the function's user. */
const TO_CHANGE_USER = addCapabilities(['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP']);
const AS_FUNCTION = [
  ...['/usr/bin/setpriv', '--reuid', String(FUNCTION_UID), '--regid', String(FUNCTION_UID), '--clear-groups'],
  ...['--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--'],
];

/**
 * The argument vector that starts bubblewrap with `sandboxArgs`. The agent closes every descriptor but the standard
 * ones, because bubblewrap passes on what it inherits. `unshare` is there for the end: bubblewrap exits with its first
 * process, before those in the background are dead; as the first process of a process namespace around it, it is reaped
 * only after all of them (pid_namespaces(7)). Without root there is no such namespace, and they end moments later.
 * @throws NotMeasurableError when a program is not installed
 */
export function sandboxCommand(
  options: { agent: string; asRoot: boolean; fileBytes?: number; cgroupProcs?: string | undefined },
  sandboxArgs: string[],
): string[] {
  const sizes = options.fileBytes === undefined ? {} : { fsize: options.fileBytes };
  const limits = Object.entries({ ...LIMITS, ...sizes, ...(options.asRoot ? { nproc: MAX_PROCESSES } : {}) });
  return [
    ...[options.agent, 'launch', ...(options.cgroupProcs ? ['--cgroup', options.cgroupProcs] : [])],
    ...['--die-with-parent', '--'],
    ...[requireProgram('prlimit', 'util-linux'), ...limits.map(([name, value]) => `--${name}=${value}`), '--'],
    ...(options.asRoot
      ? [requireProgram('unshare', 'util-linux'), '--pid', '--fork', '--kill-child=SIGKILL', '--']
      : []),
    ...[requireProgram('bwrap', 'bubblewrap'), ...sandboxArgs],
  ];
}

export interface BuildSandbox {
  /** Host directory that stands, writable, at /function. */
  tree: string;
  /** Host file that stands at /etc/passwd, so that the user has a name. */
  passwd: string;
  /** Host file with empty settings, in place of Maven's, which hold the passwords of servers. */
  mavenSettings: string;
  network: boolean;
  env: Record<string, string>;
  /** Further directories and files of the machine to show, read-only. */
  show: string[];
  /** Files and directories in what is shown that are empty to the build. */
  hide?: string[];
  /** False where the harness is not root: then a user namespace makes the function's user. */
  asRoot: boolean;
}

/**
 * Arguments of bubblewrap for a build: the machine's programs read-only, the function's tree writable, no network
 * unless wanted, and nothing of home directories or workspaces.
 */
export function buildSandboxArgs(options: BuildSandbox, argv: string[]): string[] {
  const names = [...ETC, ...readdirSync('/etc').filter((name) => ETC_OF_LANGUAGES.test(name))];
  const etc = [...names, ...(options.network ? NETWORK_ETC : [])].map((name) => `/etc/${name}`);
  const shown = [...new Set(['/usr', ...etc, ...listOpt(), ...options.show])].filter((path) => existsSync(path));
  const readOnly = shown.filter((path) => !shown.some((other) => path.startsWith(`${other}/`)));
  return [
    ...[...ENCLOSED, ...(options.network ? [] : WITHOUT_NETWORK)],
    ...(options.asRoot
      ? TO_CHANGE_USER
      : ['--unshare-user', '--uid', String(FUNCTION_UID), '--gid', String(FUNCTION_UID)]),
    ...showPrograms(),
    // Directories that bubblewrap makes by itself would be closed to all but root.
    ...[...new Set(readOnly.flatMap(listAncestors))].flatMap((dir) => ['--perms', '0755', '--dir', dir]),
    ...readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...[...new Set([...(options.hide ?? []), ...[...etc, ...listOpt()].flatMap(listSecrets)])].flatMap((path) =>
      hidePath(path, options.mavenSettings),
    ),
    ...['--ro-bind', options.passwd, '/etc/passwd', '--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--bind', options.tree, '/function', '--chdir', '/function', '--clearenv'],
    ...setVariables(options.env),
    ...['--', ...(options.asRoot ? AS_FUNCTION : []), ...argv],
  ];
}

const hidePath = (path: string, mavenSettings: string): string[] =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? ['--perms', '0000', '--tmpfs', path]
    : // Maven fails with a file that is not XML.
      ['--ro-bind', basename(path) === 'settings.xml' ? mavenSettings : '/dev/null', path];

export interface ToolSandbox {
  /** Host path of the agent. */
  agent: string;
  /** Host directory that stands at /tree; only the tool that fills it may write there. */
  tree?: { dir: string; writable: boolean };
  /** Null: runs as the function's user without capabilities; else as root with only these. */
  capabilities: string[] | null;
  /** Largest file that it may write. */
  fileBytes: number;
}

/**
 * The argument vector that runs one of the machine's tools over an archive or tree that somebody else made: with the
 * machine's /usr read-only, the tree, nothing else of the machine, and no network. Whatever the content makes the tool
 * do, it can harm only the tree.
 * @throws NotMeasurableError when bubblewrap, prlimit or unshare is not installed
 */
export function toolCommand({ agent, tree, capabilities, fileBytes }: ToolSandbox, argv: string[]): string[] {
  const args = [
    ...[...ENCLOSED, ...WITHOUT_NETWORK, ...(capabilities === null ? TO_CHANGE_USER : addCapabilities(capabilities))],
    ...showPrograms(),
    ...['/usr', '/etc/ld.so.cache', '/etc/alternatives']
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...(tree ? [tree.writable ? '--bind' : '--ro-bind', tree.dir, '/tree'] : []),
    ...['--chdir', '/', '--clearenv', ...setVariables({ PATH: '/usr/bin:/bin', LC_ALL: 'C' })],
    ...['--', ...(capabilities === null ? AS_FUNCTION : []), ...argv],
  ];
  return sandboxCommand({ agent, asRoot: true, fileBytes }, args);
}

/**
 * The argument vector that runs a program of a root file system, with that tree as its read-only root, as the
 * function's user without capabilities, and without network.
 * @param options.writable a directory of the tree in which it may write
 * @throws NotMeasurableError when bubblewrap, prlimit or unshare is not installed
 */
export function imageCommand(
  { agent, rootfs, env, writable }: { agent: string; rootfs: string; env: Record<string, string>; writable?: string },
  argv: string[],
): string[] {
  const id = String(FUNCTION_UID);
  const args = [
    ...[...ENCLOSED, ...WITHOUT_NETWORK, ...TO_CHANGE_USER],
    ...[
      '--ro-bind',
      rootfs,
      '/',
      ...(writable ? ['--bind', join(rootfs, writable), writable] : []),
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      '--perms',
      '1777',
      '--tmpfs',
      '/tmp',
    ],
    ...['--chdir', '/', '--clearenv', ...setVariables(env)],
    ...['--', '/.isogate/agent', 'launch', '--uid', id, '--gid', id, '--', ...argv],
  ];
  return sandboxCommand({ agent, asRoot: true }, args);
}

const setVariables = (env: Record<string, string>): string[] =>
  Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]);

/** `/a` and `/a/b` of `/a/b/c`. */
const listAncestors = (path: string): string[] =>
  path
    .split('/')
    .slice(1, -1)
    .map((_, index, names) => `/${names.slice(0, index + 1).join('/')}`);

/** The directories beside /usr that programs are found by; on most systems they are links into it. */
const showPrograms = (): string[] =>
  ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return [];
    return stat.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
  });

/**
 * Tool chains live in /opt. Self-hosted runners do too, with their credentials and workspaces, so those stay hidden.
 */
export function listOpt(opt = '/opt'): string[] {
  if (!existsSync(opt)) return [];
  const isHidden = (dir: string) => isRunner(dir) || `${process.cwd()}/`.startsWith(`${dir}/`);
  return directoriesIn(opt)
    .filter((dir) => !isHidden(dir))
    .flatMap((dir) => {
      // Several runners of one machine often lie side by side.
      const inside = directoriesIn(dir);
      return inside.some(isHidden) ? inside.filter((one) => !isHidden(one)) : [dir];
    });
}

function directoriesIn(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
}

function requireProgram(name: string, debianPackage: string): string {
  const found = findProgram(name);
  if (found !== null) return found;
  throw new NotMeasurableError(`${name} is not installed: run scripts/setup-runner (Debian package ${debianPackage})`);
}
