/**
 * The one way in which anything runs over bytes that somebody else made: a function's build, tools that unpack and pack,
 * programs of an image that are asked something. Nothing starts without limits.
 */

import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { findProgram } from '../../host/find-program.ts';
import { lastLine } from '../../lib/text.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import { openConfinedCgroup } from './confined-cgroup.ts';
import type { Limits } from './limits.ts';
import { runUid } from './run-uid.ts';
import type { View } from './views.ts';

const HEAD_BYTES = 16 * 1024;
const OPEN_FILES = 4096;

export interface ConfinedOptions {
  view: View;
  limits: Limits;
  /** Host path of the agent. */
  agent: string;
  /** Ends it at once; the caller looks at the signal afterwards. */
  signal: AbortSignal | undefined;
}

export interface ConfinedEnd {
  failed: boolean;
  /** Null where a signal ended it. */
  exitCode: number | null;
  /** How it ended, in words: `exited with 1`, or which limit it reached. */
  how: string;
  reached: 'time' | 'memory' | null;
}

/** Why it failed: its last words, unless a limit ended it. */
export const whyFailed = ({ reached, how }: ConfinedEnd, words: string, told = how): string =>
  (reached === null && lastLine(words)) || told;

export interface Confined {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** The first 16 KiB that it wrote to standard error. */
  words: () => string;
  kill: () => void;
  /** When it and all that it started have ended; never rejects. */
  ended: Promise<ConfinedEnd>;
}

/**
 * Starts a program in bubblewrap: in a session and keyrings of its own, with its own processes, IPC and host name, without
 * network unless the view has it, with a filter of system calls, and within the limits. All that it starts ends with it, and
 * it ends with this process.
 * @throws NotMeasurableError without root, where a program is not installed, or where the machine cannot limit it
 */
export function startConfined(argv: string[], { view, limits, agent, signal }: ConfinedOptions): Confined {
  if (process.getuid?.() !== 0)
    throw new NotMeasurableError('builds and tools are confined by root only: run isogate as root');
  const surrounded = surround(argv, view, limits);
  const group = openConfinedCgroup(limits);
  const joined = group.procsFiles.flatMap((file) => ['--cgroup', file]);
  const child = execa(agent, ['launch', ...joined, '--die-with-parent', '--', ...surrounded], {
    cwd: '/',
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    reject: false,
    buffer: false,
    cleanup: true,
    killSignal: 'SIGKILL',
    timeout: limits.wallMs,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    ...(signal ? { cancelSignal: signal } : {}),
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < HEAD_BYTES) words += chunk.toString('utf8').slice(0, HEAD_BYTES - words.length);
  });
  // It may end, or close its input, without reading all of it.
  child.stdin.on('error', () => {});
  const ended = child.then(async (result): Promise<ConfinedEnd> => {
    const reached = result.timedOut ? 'time' : group.ranOut() ? 'memory' : null;
    await group.close();
    return {
      failed: result.failed,
      exitCode: result.exitCode ?? null,
      how: describe(result, reached, limits),
      reached,
    };
  });
  const kill = () => child.kill('SIGKILL');
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, words: () => words, kill, ended };
}

export interface ConfinedAnswer extends ConfinedEnd {
  stdout: Buffer;
  words: string;
  isTooLong: boolean;
}

/** Runs a program to its end and keeps what it writes, up to `limits.outputBytes`; more ends it. */
export async function runConfined(
  argv: string[],
  options: ConfinedOptions & { input?: Uint8Array },
): Promise<ConfinedAnswer> {
  const confined = startConfined(argv, options);
  const chunks: Buffer[] = [];
  let bytes = 0;
  confined.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= options.limits.outputBytes) chunks.push(chunk);
    else confined.kill();
  });
  confined.stdin.end(options.input);
  const end = await confined.ended;
  options.signal?.throwIfAborted();
  return {
    ...end,
    stdout: Buffer.concat(chunks),
    words: confined.words(),
    isTooLong: bytes > options.limits.outputBytes,
  };
}

/**
 * The agent closes every descriptor but the standard ones, because bubblewrap passes on what it inherits. `unshare` is there
 * for the end: bubblewrap exits with its first process, before those in the background are dead; as the first process of a
 * process namespace around it, it is reaped only after all of them (pid_namespaces(7)). The agent inside changes the user,
 * gives fresh keyrings, and filters system calls.
 */
function surround(argv: string[], view: View, limits: Limits): string[] {
  const uid = String(runUid());
  const rlimits = { nofile: OPEN_FILES, core: 0, fsize: limits.fileBytes, nproc: limits.processes };
  return [
    requireTool('prlimit', 'util-linux'),
    ...Object.entries(rlimits).map(([name, value]) => `--${name}=${value}`),
    ...['--', requireTool('unshare', 'util-linux'), '--pid', '--fork', '--kill-child=SIGKILL', '--'],
    ...[requireTool('bwrap', 'bubblewrap'), ...view.args, '--', view.agent, 'launch', '--filter-system-calls'],
    ...(view.capabilities === null ? ['--no-bounding-set', '--uid', uid, '--gid', uid] : []),
    ...['--', ...argv],
  ];
}

function describe(
  { exitCode, signal }: { exitCode?: number; signal?: string },
  reached: ConfinedEnd['reached'],
  { wallMs, memoryBytes }: Limits,
): string {
  if (reached === 'time') {
    const seconds = Math.round(wallMs / 1000);
    return `took longer than ${seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`}`;
  }
  const how = `exited with ${exitCode ?? signal}`;
  return reached === 'memory' ? `ran out of its ${memoryBytes / 2 ** 30} GiB of memory and ${how}` : how;
}

/** @throws NotMeasurableError where a tool of the machine is not installed */
export function requireTool(name: string, debianPackage: string): string {
  const found = findProgram(name);
  if (found !== null) return found;
  throw new NotMeasurableError(`${name} is not installed: run scripts/setup-runner (Debian package ${debianPackage})`);
}
