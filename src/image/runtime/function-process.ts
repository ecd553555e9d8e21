import { basename, join } from 'node:path';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import type { FunctionConfig, FunctionEnv, HttpConfig, Resources } from '../../model/config.ts';
import type { ImageProcess } from '../../model/image.ts';
import { FUNCTION_UID } from '../../model/uids.ts';
import { FUNCTION_DIR } from '../tree/function-dir.ts';
import type { RuntimePlan } from './find-runtimes.ts';

/** Where the agent, the language runtime's glue and the process description stand in every image. */
export const ISOGATE_DIR = '/.isogate';
const AGENT = join(ISOGATE_DIR, 'agent');
/** Share of the instance's memory; the rest is for code, stacks and buffers. */
const HEAP_SHARE = 0.75;
/**
 * V8 chooses the size of its young generation (three semi-spaces) by the memory that it sees: the host's in a
 * container, the guest's in a VM. So that all arms have the same, it is told the size, in whole powers of two: its
 * default on large machines, less where that would be too much.
 */
const SEMI_SPACE_MAX_MIB = 16;
const SEMI_SPACE_SHARE = 1 / 16;

/** From this a handler's context counts down its remaining time: a minute, which nothing enforces and all arms share. */
const CONTEXT_TIME_LIMIT_MS = 60_000;

/** The only place where the function may write. */
const HOME = { HOME: '/tmp', TMPDIR: '/tmp' };
const COMMON = {
  env: { PATH: SYSTEM_PATH, ...HOME, LANG: 'C.UTF-8', TZ: 'UTC' },
  uid: FUNCTION_UID,
  gid: FUNCTION_UID,
};

type Program = Pick<RuntimePlan, 'program' | 'arguments'>;

/**
 * What is started in every arm: the agent, which collects evidence and then becomes the language runtime.
 * @param own variables that the image sets
 * @param cwd where the program starts
 */
export function functionProcess(
  config: FunctionConfig,
  plan: Program,
  resources: Resources,
  own: Record<string, string> = {},
  cwd = FUNCTION_DIR,
): ImageProcess {
  const takesEnv = hasVariables(config.env) ? ['--env'] : [];
  const args = [AGENT, 'exec', ...takesEnv, ...runtimeArgs(config, plan, resources)];
  return { ...COMMON, env: { ...COMMON.env, ...own, ...HOME }, args, cwd, tmpBytes: resources.tmpBytes };
}

export const nullProcess = ({ tmpBytes }: Resources): ImageProcess => ({
  ...COMMON,
  args: [AGENT, 'exec', '--', AGENT, 'null'],
  cwd: '/',
  tmpBytes,
});

const hasVariables = ({ literal, fromRunner }: FunctionEnv): boolean =>
  Object.keys(literal).length + fromRunner.length > 0;

/** Without --protect-stdout the function itself speaks the protocol on stdin and stdout, as a command does. */
function runtimeArgs(config: FunctionConfig, plan: Program, resources: Resources): string[] {
  const memoryMiB = String(Math.floor(resources.memoryBytes / 2 ** 20));
  const context = [config.name, memoryMiB, String(CONTEXT_TIME_LIMIT_MS)];
  const handler = config.handler ? [config.handler.file, config.handler.export, ...context] : [];
  const heapMiB = Math.floor((resources.memoryBytes * HEAP_SHARE) / 2 ** 20);
  switch (config.runtime) {
    case 'node': {
      const flags = [`--max-old-space-size=${heapMiB}`, `--max-semi-space-size=${semiSpaceMiB(resources)}`];
      return ['--protect-stdout', '--', plan.program, ...flags, `${ISOGATE_DIR}/runtime.mjs`, ...handler];
    }
    case 'python':
      return ['--protect-stdout', '--', plan.program, '-B', '-u', `${ISOGATE_DIR}/runtime.py`, ...handler];
    case 'command':
      return ['--', ...startOf(plan, resources)];
    case 'http':
      return ['--', AGENT, 'http', ...httpArgs(config.http), '--', ...startOf(plan, resources)];
  }
}

/**
 * A JVM sizes its heap and chooses its collector by the memory and the CPUs that it sees: the host's in a container
 * that shows no cgroup, the guest's in a VM. So that all arms have the same, it is told the instance's. What the
 * function says itself comes later and counts.
 */
function startOf({ program, arguments: args }: Program, { memoryBytes, cpus }: Resources): string[] {
  if (basename(program) !== 'java') return [program, ...args];
  const flags = ['-XX:+IgnoreUnrecognizedVMOptions', `-XX:MaxRAM=${memoryBytes}`, `-XX:ActiveProcessorCount=${cpus}`];
  return [program, ...flags, ...args];
}

/** Of the agent, which starts the server and calls it. */
function httpArgs(http: HttpConfig | null): string[] {
  if (http === null) throw new Error('a server without a port');
  const headers = Object.entries(http.headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const ready = http.ready === null ? [] : ['--ready', http.ready];
  return ['--port', String(http.port), '--path', http.path, '--method', http.method, ...headers, ...ready];
}

function semiSpaceMiB({ memoryBytes }: Resources): number {
  const shareMiB = Math.max(1, (memoryBytes * SEMI_SPACE_SHARE) / 2 ** 20);
  return Math.min(SEMI_SPACE_MAX_MIB, 2 ** Math.floor(Math.log2(shareMiB)));
}

/** `/.isogate/process`: what a VM's agent starts, as records that end in NUL. */
export function processRecords(process: ImageProcess): string {
  const env = Object.entries(process.env).map(([name, value]) => `env=${name}=${value}`);
  const tmp = `tmp=${process.tmpBytes}`;
  const records = [`uid=${process.uid}`, `gid=${process.gid}`, `cwd=${process.cwd}`, tmp, ...env];
  return [...records, ...process.args.map((arg) => `arg=${arg}`)].map((record) => `${record}\0`).join('');
}
