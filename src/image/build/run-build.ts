import { chmodSync, existsSync, lchownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionConfig } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { passwdFile } from '../runtime/place-own-files.ts';
import { listTree } from '../tree/list-tree.ts';
import { lackedNetwork } from './build-advice.ts';
import { openBuildCgroup } from './build-cgroup.ts';
import { buildEnv } from './build-env.ts';
import type { Toolchains } from './find-toolchains.ts';
import { buildSandboxArgs, sandboxCommand } from './sandbox.ts';
import { type BuildEnd, runLogged } from './spawn.ts';

/** Of all processes of a build together, with its files in /tmp. */
const MEMORY_BYTES = 4 * 2 ** 30;

/**
 * Runs a function's `build` in `tree`, in bubblewrap, as the function's user.
 * @param options.prefixes directories of the language runtime on this machine
 * @param options.toolchains what else the build sees of this machine
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
    toolchains: Toolchains;
    guestDir: string;
    log: (line: string) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  options.signal?.throwIfAborted();
  const asRoot = process.getuid?.() === 0;
  mkdirSync(options.scratch, { recursive: true });
  const passwd = join(options.scratch, 'passwd');
  writeFileSync(passwd, passwdFile());
  chmodSync(passwd, 0o644);
  const mavenSettings = join(options.scratch, 'settings.xml');
  writeFileSync(mavenSettings, '<settings/>\n');
  chmodSync(mavenSettings, 0o644);
  if (asRoot) giveToFunction(options.tree);
  const prefixes = options.prefixes.filter((prefix) => prefix !== '/usr' && prefix !== '/');
  const programDirs = prefixes.map((prefix) => join(prefix, 'bin'));
  const { toolchains } = options;
  const { env, files, leftOut } = buildEnv(process.env, { network: config.buildNetwork, programDirs, toolchains });
  requireOnPath(config.name, argv[0] ?? '', env['PATH'] ?? '');
  for (const name of leftOut)
    options.log(`build of ${config.name}: ${name} is not passed on, because it holds a user name or password`);
  const sandbox = {
    tree: options.tree,
    passwd,
    mavenSettings,
    network: config.buildNetwork,
    env,
    show: [...prefixes, ...files, ...toolchains.show],
    hide: toolchains.hide,
    asRoot,
  };
  const log = (line: string) => options.log(`build of ${config.name}: ${line}`);
  const group = asRoot ? openBuildCgroup(MEMORY_BYTES, log) : null;
  try {
    const agent = join(options.guestDir, 'agent');
    const command = sandboxCommand({ agent, asRoot, cgroupProcs: group?.procsFile }, buildSandboxArgs(sandbox, argv));
    const path = { PATH: process.env['PATH'] ?? '' };
    const end = await runLogged(command, { env: path, killSignal: 'SIGKILL', signal: options.signal });
    options.signal?.throwIfAborted();
    if (end.failed) throw explainBuild(config, argv, end, group?.ranOut() ?? false, env['PATH'] ?? '');
  } finally {
    group?.close();
  }
}

/** Said before anything runs, because the words of whatever cannot find it are not about PATH. */
function requireOnPath(name: string, program: string, path: string): void {
  if (program.includes('/') || path.split(':').some((dir) => existsSync(join(dir, program)))) return;
  const message = `build of ${name}: ${program} is not on PATH here (${path}): install it, or put its directory on PATH`;
  throw new InstanceError('start-failed', 'start', message);
}

function explainBuild(config: FunctionConfig, argv: string[], end: BuildEnd, ranOut: boolean, path: string): Error {
  const memory = ranOut ? `ran out of its ${MEMORY_BYTES / 2 ** 30} GiB of memory and ` : '';
  const advice = adviseOn(config, end, path);
  const message = `build of ${config.name}, ${JSON.stringify(argv)}, ${memory}${end.how}${advice}: ${end.words}`;
  return new InstanceError('start-failed', 'start', message);
}

/** 127 is what shells and env(1) say of a program that is not there. */
function adviseOn(config: FunctionConfig, { tail, exitCode }: BuildEnd, path: string): string {
  if (!config.buildNetwork && lackedNetwork(tail)) return ' (it has no network: set build_network: true to allow it)';
  return exitCode === 127
    ? ` (a program is missing on its PATH, which is ${path}: install it, or add its directory)`
    : '';
}

function giveToFunction(tree: string): void {
  for (const entry of listTree(tree)) lchownSync(join(tree, entry.path), FUNCTION_UID, FUNCTION_UID);
  lchownSync(tree, FUNCTION_UID, FUNCTION_UID);
}
