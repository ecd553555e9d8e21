/**
 * A strict stand-in for Firecracker's jailer: its options and its directory. What it would then do in its own process, to
 * shut itself in and to give up root, is done by the program that it names on stdout (vmm.c), as one line for a shell:
 * Node cannot execute in its own place.
 */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

const REQUIRED = ['id', 'exec-file', 'uid', 'gid'];
const WITH_VALUE = [
  ...REQUIRED,
  'chroot-base-dir',
  'netns',
  'cgroup',
  'resource-limit',
  'cgroup-version',
  'parent-cgroup',
];
const FLAGS = ['daemonize', 'new-pid-ns', 'version'];

function refuse(words: string): never {
  process.stderr.write(`Error: ${words}\n`);
  process.exit(1);
}

function parse(args: string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const name = (args[at] ?? '').replace(/^--/, '');
    if (options.has(name)) refuse(`DuplicateArgument("${name}")`);
    if (FLAGS.includes(name)) options.set(name, '');
    else if (WITH_VALUE.includes(name)) options.set(name, args[++at] ?? refuse(`MissingValue("${name}")`));
    else refuse(`UnexpectedArgument("${name}")`);
  }
  return options;
}

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function jail(args: string[]): string {
  const split = args.indexOf('--');
  const options = parse(split < 0 ? args : args.slice(0, split));
  if (options.has('version')) return "echo 'Jailer v1.16.1-stand-in'";
  const given = (name: string): string => options.get(name) ?? refuse(`MissingArgument("${name}")`);
  const [id, program, uid, gid] = REQUIRED.map(given) as [string, string, string, string];
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) refuse(`InvalidInstanceId: ${id}`);
  if (!existsSync(program)) refuse(`Canonicalize("${program}")`);
  if (!basename(program).includes('firecracker')) refuse(`ExecFileName("${basename(program)}")`);
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) refuse(`Uid("${uid}"), Gid("${gid}")`);
  const base = options.get('chroot-base-dir') ?? '/srv/jailer';
  if (!existsSync(base) || !statSync(base).isDirectory()) refuse(`NotADirectory("${base}")`);
  for (const name of ['netns', 'cgroup', 'resource-limit', 'daemonize', 'new-pid-ns'])
    if (options.has(name)) refuse(`the stand-in does not do --${name}`);
  joinCgroup(options);
  const root = join(realpathSync(base), basename(program), id, 'root');
  const inside = join(root, basename(program));
  mkdirSync(root, { recursive: true });
  copyFileSync(program, inside);
  chmodSync(inside, 0o700);
  for (const directory of [root, join(root, 'dev'), join(root, 'run')]) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o700);
    chownSync(directory, Number(uid), Number(gid));
  }
  const kvm = join(root, 'dev/kvm');
  execFileSync('mknod', ['-m', '600', kvm, 'c', '10', '232']);
  for (const path of [kvm, inside]) chownSync(path, Number(uid), Number(gid));
  const environment = { ROOT: root, UID: uid, GID: gid };
  return [
    'env -i',
    ...Object.entries(environment).map(([key, value]) => quote(`ISOGATE_STAND_IN_${key}=${value}`)),
    quote(inside),
    ...['--id', id, '--start-time-us', '0', '--start-time-cpu-us', '0', '--parent-cpu-time-us', '0'].map(quote),
    ...(split < 0 ? [] : args.slice(split + 1)).map(quote),
  ].join(' ');
}

/** Under version 2 and without settings it moves into its parent's cgroup, where there is one. */
function joinCgroup(options: Map<string, string>): void {
  if (options.get('cgroup-version') !== '2') return;
  const procs = join('/sys/fs/cgroup', options.get('parent-cgroup') ?? 'firecracker', 'cgroup.procs');
  if (existsSync(procs)) writeFileSync(procs, String(process.ppid));
}

if (process.getuid?.() !== 0) refuse('the jailer needs root');
process.stdout.write(`${jail(process.argv.slice(2))}\n`);
