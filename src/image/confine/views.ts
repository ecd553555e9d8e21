/** What a confined program sees of this machine: arguments of bubblewrap. */

import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { listSecrets } from '../runtime/list-secrets.ts';
import { listOpt } from './list-opt.ts';
import { runUid } from './run-uid.ts';

export interface View {
  /** Arguments of bubblewrap, up to the command. */
  args: string[];
  /** Where the agent is in there. */
  agent: string;
  /** Null: it runs as the user of this run, without capabilities; else as root with only these. */
  capabilities: string[] | null;
}

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
/** As root, bubblewrap leaves all that are not dropped. */
const only = (names: string[]): string[] => ['--cap-drop', 'ALL', ...names.flatMap((name) => ['--cap-add', name])];
/** The capabilities that it takes to become another user. */
const TO_CHANGE_USER = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];
const asWhom = (capabilities: string[] | null): string[] => only(capabilities ?? TO_CHANGE_USER);
/** In an image the agent has this place anyway. */
const AGENT = '/.isogate/agent';
const makeOpenDir = (dir: string): string[] => ['--perms', '0755', '--dir', dir];
const placeAgent = (agent: string): string[] => [...makeOpenDir('/.isogate'), '--ro-bind', agent, AGENT];

export interface BuildSight {
  /** Host path of the agent. */
  agent: string;
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
}

/**
 * For a build: the machine's programs read-only, the function's tree writable, no network unless wanted, and nothing of home
 * directories or workspaces.
 */
export function viewForBuild(sight: BuildSight): View {
  const names = [...ETC, ...readdirSync('/etc').filter((name) => ETC_OF_LANGUAGES.test(name))];
  const etc = [...names, ...(sight.network ? NETWORK_ETC : [])].map((name) => `/etc/${name}`);
  const opt = listOpt();
  const shown = [...new Set(['/usr', ...etc, ...opt, ...sight.show])].filter((path) => existsSync(path));
  const readOnly = shown.filter((path) => !shown.some((other) => path.startsWith(`${other}/`)));
  const hidden = new Set([...(sight.hide ?? []), ...[...etc, ...opt].flatMap(listSecrets)]);
  const args = [
    ...[...ENCLOSED, ...(sight.network ? [] : WITHOUT_NETWORK), ...asWhom(null), ...showPrograms()],
    // Directories that bubblewrap makes by itself would be closed to all but root.
    ...[...new Set(readOnly.flatMap(listAncestors))].flatMap(makeOpenDir),
    ...readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...[...hidden].flatMap((path) => hidePath(path, sight.mavenSettings)),
    ...['--ro-bind', sight.passwd, '/etc/passwd', '--proc', '/proc', '--dev', '/dev', ...placeAgent(sight.agent)],
    ...['--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--bind', sight.tree, '/function', '--chdir', '/function', '--clearenv', ...setVariables(sight.env)],
  ];
  return { args, agent: AGENT, capabilities: null };
}

const hidePath = (path: string, mavenSettings: string): string[] =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? ['--perms', '0000', '--tmpfs', path]
    : // Maven fails with a file that is not XML.
      ['--ro-bind', basename(path) === 'settings.xml' ? mavenSettings : '/dev/null', path];

/**
 * For one of the machine's tools over an archive or tree that somebody else made: the machine's /usr read-only, the tree,
 * nothing else of the machine, and no network. Whatever the content makes the tool do, it can harm only what it writes.
 */
export function viewForTool(sight: {
  agent: string;
  /** Host directory that stands at /tree; only the tool that fills it may write there. */
  tree?: { dir: string; writable: boolean };
  /** Host directory that stands, writable, at /out. */
  out?: string;
  capabilities: string[] | null;
}): View {
  const { agent, tree, out, capabilities } = sight;
  const args = [
    ...[...ENCLOSED, ...WITHOUT_NETWORK, ...asWhom(capabilities), ...showPrograms()],
    ...['/usr', '/etc/ld.so.cache', '/etc/alternatives']
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--ro-bind', path, path]),
    ...placeAgent(agent),
    ...(tree ? [tree.writable ? '--bind' : '--ro-bind', tree.dir, '/tree'] : []),
    ...(out ? ['--bind', out, '/out'] : []),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--chdir', '/', '--clearenv', ...setVariables({ PATH: '/usr/bin:/bin:/usr/sbin', LC_ALL: 'C' })],
  ];
  return { args, agent: AGENT, capabilities };
}

/** For a program of a root file system: that as its read-only root, and no network. */
export function viewForImage(sight: {
  rootfs: string;
  env: Record<string, string>;
  /** A host directory, and where in the image it stands, writable. */
  writable?: { dir: string; at: string };
}): View {
  const args = [
    ...[...ENCLOSED, ...WITHOUT_NETWORK, ...asWhom(null), '--ro-bind', sight.rootfs, '/'],
    ...(sight.writable ? ['--bind', sight.writable.dir, sight.writable.at] : []),
    ...['--proc', '/proc', '--dev', '/dev', '--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--chdir', '/', '--clearenv', ...setVariables(sight.env)],
  ];
  return { args, agent: AGENT, capabilities: null };
}

/**
 * For a program of this machine that is only asked something: all of the machine, read-only, without sockets of its
 * services. It may read what root may, as version managers lie in home directories; it has no network and writes nothing.
 * @param writable a directory of the machine where it may write all the same
 */
export function viewForQuestion(agent: string, env: Record<string, string>, writable?: string): View {
  const agentPlace = '/tmp/isogate-agent';
  const args = [
    ...[...ENCLOSED, ...WITHOUT_NETWORK, ...only(['CAP_DAC_READ_SEARCH']), '--ro-bind', '/', '/'],
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '0755', '--tmpfs', '/run'],
    ...['--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp', '--ro-bind', agent, agentPlace],
    ...(writable ? ['--bind', writable, writable] : []),
    ...['--chdir', '/', '--clearenv', ...setVariables(env)],
  ];
  return { args, agent: agentPlace, capabilities: ['CAP_DAC_READ_SEARCH'] };
}

/** The user of the run has a name in a build. */
export const namedUser = (): string =>
  `root:x:0:0:root:/root:/usr/sbin/nologin\nfunction:x:${runUid()}:${runUid()}:function:/tmp:/usr/sbin/nologin\n`;

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
