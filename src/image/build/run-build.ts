import { chmodSync, lchownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FunctionConfig } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { passwdFile } from '../runtime/place-own-files.ts';
import { listTree } from '../tree/list-tree.ts';
import { type BuildCgroup, openBuildCgroup } from './build-cgroup.ts';
import { buildEnv } from './build-env.ts';
import { buildCommand, sandboxArgs } from './sandbox.ts';

const TIMEOUT_MS = 10 * 60_000;
/** Of all that a build runs together, its files in /tmp included. */
const MEMORY_BYTES = 4 * 2 ** 30;
const TAIL_BYTES = 4096;
const TAIL_LINES = 12;

/**
 * Runs a function's `build` in `tree`, in bubblewrap, as the function's user.
 *
 * @param options.prefixes directories of the language runtime on this machine
 * @param options.signal ends the build at once; its reason is thrown
 * @throws InstanceError when the build fails or takes longer than ten minutes, with the last lines of its output
 * @throws NotMeasurableError when bubblewrap, prlimit or unshare is not installed
 */
export async function runBuild(
  config: FunctionConfig,
  argv: string[],
  options: {
    tree: string;
    scratch: string;
    prefixes: string[];
    guestDir: string;
    log: (line: string) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const asRoot = process.getuid?.() === 0;
  mkdirSync(options.scratch, { recursive: true });
  const passwd = join(options.scratch, 'passwd');
  writeFileSync(passwd, passwdFile());
  chmodSync(passwd, 0o644);
  if (asRoot) giveToFunction(options.tree);
  const prefixes = options.prefixes.filter((prefix) => prefix !== '/usr' && prefix !== '/');
  const programDirs = prefixes.map((prefix) => join(prefix, 'bin'));
  const { env, files, leftOut } = buildEnv(process.env, { network: config.buildNetwork, programDirs });
  for (const name of leftOut)
    options.log(`build of ${config.name}: ${name} is not passed on, because it holds a user name or password`);
  const show = [...prefixes, ...files];
  const user = { asRoot, uid: FUNCTION_UID, gid: FUNCTION_UID };
  const args = sandboxArgs({ tree: options.tree, passwd, network: config.buildNetwork, env, show, ...user }, argv);
  const log = (line: string) => options.log(`build of ${config.name}: ${line}`);
  const group = asRoot ? openBuildCgroup(MEMORY_BYTES, log) : null;
  try {
    await runIn(group, config, argv, args, { ...options, asRoot });
  } finally {
    group?.close();
  }
}

async function runIn(
  group: BuildCgroup | null,
  config: FunctionConfig,
  argv: string[],
  args: string[],
  options: { guestDir: string; asRoot: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  const { asRoot, signal } = options;
  const cgroupProcs = group?.procsFile;
  const [file = '', ...rest] = buildCommand({ agent: join(options.guestDir, 'agent'), asRoot, cgroupProcs }, args);
  const build = execa(file, rest, {
    ...(signal ? { cancelSignal: signal } : {}),
    ...{ cwd: '/', extendEnv: false, env: { PATH: process.env['PATH'] ?? '' }, stdin: 'ignore', all: true },
    ...{ buffer: false, reject: false, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', cleanup: true },
  });
  let tail = '';
  build.all.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-TAIL_BYTES);
  });
  const result = await build;
  signal?.throwIfAborted();
  if (!result.failed) return;
  const memory = group?.ranOut() ? `ran out of its ${MEMORY_BYTES / 2 ** 30} GiB of memory and ` : '';
  const how = result.timedOut
    ? `took longer than ${TIMEOUT_MS / 60_000} minutes`
    : `exited with ${result.exitCode ?? result.signal}`;
  const words = tail.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  const without = config.buildNetwork ? '' : ' (it ran without network: set build_network: true to allow it)';
  const message = `build of ${config.name}, ${JSON.stringify(argv)}, ${memory}${how}${without}: ${words || 'no output'}`;
  throw new InstanceError('start-failed', 'start', message);
}

function giveToFunction(tree: string): void {
  for (const entry of listTree(tree)) lchownSync(join(tree, entry.path), FUNCTION_UID, FUNCTION_UID);
  lchownSync(tree, FUNCTION_UID, FUNCTION_UID);
}
