import { chmodSync, existsSync, lchownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionConfig } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import { type ConfinedEnd, type ConfinedOptions, startConfined } from '../confine/confined.ts';
import type { Limits } from '../confine/limits.ts';
import { runUid } from '../confine/run-uid.ts';
import type { SizedDirectory } from '../confine/sized-directory.ts';
import { namedUser, viewForBuild } from '../confine/views.ts';
import { listTree } from '../tree/list-tree.ts';
import { lackedNetwork } from './build-advice.ts';
import { buildEnv } from './build-env.ts';
import type { Toolchains } from './find-toolchains.ts';
import { lastLines } from './spawn.ts';

const LIMITS: Limits = {
  wallMs: 10 * 60_000,
  memoryBytes: 4 * 2 ** 30,
  // Far more than npm or make start.
  processes: 512,
  // As many as a whole function may have.
  fileBytes: 2 * 2 ** 30,
  outputBytes: 4096,
};

/**
 * Runs a function's `build` in `work`, confined, as the user of this run.
 * @param options.prefixes directories of the language runtime on this machine
 * @param options.toolchains what else the build sees of this machine
 * @param options.signal ends the build at once; its reason is thrown
 * @throws InstanceError when the build fails or reaches a limit, with the last lines of its output
 * @throws NotMeasurableError where it cannot be confined
 */
export async function runBuild(
  config: FunctionConfig,
  argv: string[],
  options: {
    work: SizedDirectory;
    scratch: string;
    prefixes: string[];
    toolchains: Toolchains;
    guestDir: string;
    log: (line: string) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { work, toolchains, signal } = options;
  signal?.throwIfAborted();
  mkdirSync(options.scratch, { recursive: true });
  const place = (name: string, text: string): string => {
    const file = join(options.scratch, name);
    writeFileSync(file, text);
    chmodSync(file, 0o644);
    return file;
  };
  giveToRun(work.dir);
  const prefixes = options.prefixes.filter((prefix) => prefix !== '/usr' && prefix !== '/');
  const programDirs = prefixes.map((prefix) => join(prefix, 'bin'));
  const { env, files, leftOut } = buildEnv(process.env, { network: config.buildNetwork, programDirs, toolchains });
  requireOnPath(config.name, argv[0] ?? '', env['PATH'] ?? '');
  for (const name of leftOut)
    options.log(`build of ${config.name}: ${name} is not passed on, because it holds a user name or password`);
  const agent = join(options.guestDir, 'agent');
  const view = viewForBuild({
    agent,
    tree: work.dir,
    passwd: place('passwd', namedUser()),
    mavenSettings: place('settings.xml', '<settings/>\n'),
    network: config.buildNetwork,
    env,
    show: [...prefixes, ...files, ...toolchains.show],
    hide: toolchains.hide,
  });
  const { tail, end } = await runLogged(argv, { view, limits: LIMITS, agent, signal });
  signal?.throwIfAborted();
  if (end.failed) throw await explainBuild(config, argv, { end, tail, work, path: env['PATH'] ?? '' });
}

/** Keeps the end of both outputs, in the order in which they came. */
async function runLogged(argv: string[], options: ConfinedOptions): Promise<{ tail: string; end: ConfinedEnd }> {
  const build = startConfined(argv, options);
  build.stdin.end();
  let tail = '';
  for (const stream of [build.stdout, build.stderr])
    stream.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-options.limits.outputBytes);
    });
  return { end: await build.ended, tail };
}

/** Said before anything runs, because the words of whatever cannot find it are not about PATH. */
function requireOnPath(name: string, program: string, path: string): void {
  if (program.includes('/') || path.split(':').some((dir) => existsSync(join(dir, program)))) return;
  const message = `build of ${name}: ${program} is not on PATH here (${path}): install it, or put its directory on PATH`;
  throw new InstanceError('start-failed', 'start', message);
}

interface FailedBuild {
  end: ConfinedEnd;
  /** The last that it wrote. */
  tail: string;
  work: SizedDirectory;
  path: string;
}

async function explainBuild(config: FunctionConfig, argv: string[], build: FailedBuild): Promise<Error> {
  const { end, tail, work, path } = build;
  const room = await work.full();
  const filled = room === 'bytes' ? `${Math.floor(work.size.bytes / 2 ** 20)} MiB of disk` : `${work.size.files} files`;
  const disk = room === null ? '' : `used up its ${filled} and `;
  const what = `build of ${config.name}, ${JSON.stringify(argv)}, ${disk}${end.how}`;
  return new InstanceError('start-failed', 'start', `${what}${adviseOn(config, build, path)}: ${lastLines(tail)}`);
}

/** 127 is what shells and env(1) say of a program that is not there. */
function adviseOn(config: FunctionConfig, { tail, end }: FailedBuild, path: string): string {
  if (!config.buildNetwork && lackedNetwork(tail)) return ' (it has no network: set build_network: true to allow it)';
  return end.exitCode === 127
    ? ` (a program is missing on its PATH, which is ${path}: install it, or add its directory)`
    : '';
}

/** To the user that everything confined runs as. */
export function giveToRun(tree: string): void {
  const uid = runUid();
  for (const entry of listTree(tree)) lchownSync(join(tree, entry.path), uid, uid);
  lchownSync(tree, uid, uid);
}
