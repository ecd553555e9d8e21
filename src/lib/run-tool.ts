/** Runs the machine's programs: those that may be absent, broken or silent, and those that have to work. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { NotMeasurableError } from '../model/errors.ts';
import { lastLine } from './text.ts';

/** Where programs lie on every Linux system; also the PATH of what runs without ours. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Any version answers in milliseconds; a daemon's client that waits for its daemon never does. */
const ANSWER_MS = 5_000;
const ANSWER_BYTES = 64 * 1024;
const TOOL_BYTES = 64 * 2 ** 20;
/** A tool that works takes minutes at most, over the largest tree. */
const TOOL_MS = 20 * 60_000;
/** How long what a program left running may still write, after its own end. */
const SETTLE_MS = 100;

export interface AskOptions {
  timeoutMs?: number;
  /** Our own where left out. */
  env?: Record<string, string>;
  /** Of each output; what is longer is cut. */
  maxBytes?: number;
  signal?: AbortSignal | undefined;
}

export type CommandAnswer =
  | { outcome: 'answered'; stdout: string; stderr: string }
  | { outcome: 'failed'; code: number | string; stdout: string; stderr: string }
  | { outcome: 'absent' }
  | { outcome: 'silent'; afterMs: number };

/**
 * Asks a program that may not be there, may be broken, or may never answer. Never takes longer than `timeoutMs`
 * (5 s): what does not answer is killed with all that it started.
 * @throws the signal's reason when that is aborted, and nothing else
 */
export async function askCommand(command: string, args: string[], options: AskOptions = {}): Promise<CommandAnswer> {
  const limits = { timeoutMs: ANSWER_MS, maxBytes: ANSWER_BYTES, ...options };
  const ended = await runProgram(command, args, { env: process.env, cwd: '/', cutsOutput: true, ...limits });
  if (ended.isSilent) return { outcome: 'silent', afterMs: limits.timeoutMs };
  if (ended.isAbsent) return { outcome: 'absent' };
  const output = { stdout: ended.stdout.toString('utf8').trim(), stderr: ended.stderr.trim() };
  return ended.code === 0 ? { outcome: 'answered', ...output } : { outcome: 'failed', code: ended.code, ...output };
}

/**
 * Runs one of the machine's own tools with a fixed environment and returns its stdout.
 * @throws NotMeasurableError when the tool is not installed, naming its package
 * @throws Error with its last words when it fails, writes more than 64 MiB, or takes more than 20 minutes
 */
export async function runTool(
  file: string,
  args: string[],
  options: { debianPackage: string; cwd?: string; input?: Uint8Array },
): Promise<Buffer> {
  const { cwd = '/', input } = options;
  const env = { PATH: SYSTEM_PATH, LC_ALL: 'C' };
  const ended = await runProgram(file, args, {
    ...{ env, cwd, maxBytes: TOOL_BYTES, cutsOutput: false, killAfterMs: TOOL_MS },
    ...(input && { input }),
  });
  if (ended.isAbsent)
    throw new NotMeasurableError(
      `${file} is not installed: run scripts/setup-runner (Debian package ${options.debianPackage})`,
    );
  const what = `${file} ${args[0] ?? ''} failed`;
  if (ended.isSilent) throw new Error(`${what}: it took longer than ${TOOL_MS / 60_000} minutes`);
  if (ended.isTooLong) throw new Error(`${what}: it wrote more than ${TOOL_BYTES} bytes`);
  if (ended.code !== 0) throw new Error(`${what}: ${lastLine(ended.stderr) || `it ended with ${ended.code}`}`);
  return ended.stdout;
}

interface RunOptions {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Of each output. */
  maxBytes: number;
  /** Whether output that is longer is cut; otherwise it ends the program. */
  cutsOutput: boolean;
  /** Unlimited where left out. */
  timeoutMs?: number;
  /** Then it is ended, and all of its output counts until then; never where left out. */
  killAfterMs?: number;
  signal?: AbortSignal | undefined;
  input?: Uint8Array;
}

interface Ended {
  /** Exit code, signal, or the system's error code. */
  code: number | string;
  stdout: Buffer;
  stderr: string;
  isAbsent: boolean;
  isSilent: boolean;
  isTooLong: boolean;
}

/** Those that run now end with this process. */
const running = new Set<() => void>();
process.once('exit', () => {
  for (const kill of running) kill();
});

async function runProgram(file: string, args: string[], options: RunOptions): Promise<Ended> {
  // A process group of its own, so that all that it started can be killed with it.
  const child = spawn(file, args, { stdio: 'pipe', detached: true, cwd: options.cwd, env: options.env });
  const kill = (): void => killGroup(child.pid);
  running.add(kill);
  const stdout = collect(child.stdout, options.maxBytes, options.cutsOutput ? null : kill);
  const stderr = collect(child.stderr, options.maxBytes, null);
  // It may end, or close its input, without reading all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  let isOverdue = false;
  const onOverdue = (): void => {
    isOverdue = true;
    kill();
  };
  const overdue = options.killAfterMs === undefined ? undefined : setTimeout(onOverdue, options.killAfterMs);
  const limit = options.timeoutMs === undefined ? null : AbortSignal.timeout(options.timeoutMs);
  const wait = { signal: AbortSignal.any([limit, options.signal].filter((signal) => signal != null)) };
  const ended = (code: number | string, error: Partial<Ended> = {}): Ended => ({
    code,
    stdout: stdout.read(),
    stderr: stderr.read().toString('utf8'),
    isAbsent: false,
    isSilent: isOverdue,
    isTooLong: stdout.isTooLong(),
    ...error,
  });
  try {
    const closed = once(child, 'close', wait);
    closed.catch(() => {});
    const [code, signal] = await once(child, 'exit', wait);
    // What it left running may hold its output open without end. Where there is a limit on time, its own exit counts, and
    // then what there is to read.
    await (limit ? Promise.race([closed, sleep(SETTLE_MS).then(() => nextTurn())]) : closed);
    return ended(signal ?? code);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    options.signal?.throwIfAborted();
    if (limit?.aborted) return ended('timeout', { isSilent: true });
    const isAbsent = code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR';
    return ended(code ?? 'error', { isAbsent, stderr: message });
  } finally {
    clearTimeout(overdue);
    running.delete(kill);
    kill();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function collect(
  stream: NodeJS.ReadableStream,
  maxBytes: number,
  onTooLong: (() => void) | null,
): { read: () => Buffer; isTooLong: () => boolean } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) onTooLong?.();
  });
  stream.on('error', () => {});
  return { read: () => Buffer.concat(chunks).subarray(0, maxBytes), isTooLong: () => bytes > maxBytes };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended with all that it started, as it should.
  }
}
