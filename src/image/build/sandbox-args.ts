import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

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
