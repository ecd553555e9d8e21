/** A short question to a program that may not be there, may be broken, or may never answer. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Any version answers in milliseconds; a daemon's client that waits for its daemon never does. */
const ANSWER_MS = 5_000;
const MAX_BYTES = 64 * 1024;

export interface AskOptions {
  timeoutMs?: number;
  /** Our own where left out. */
  env?: Record<string, string>;
  /** Of each output; what is longer is cut. */
  maxBytes?: number;
}

export type CommandAnswer =
  | { outcome: 'answered'; stdout: string; stderr: string }
  | { outcome: 'failed'; code: number | string; stdout: string; stderr: string }
  | { outcome: 'absent' }
  | { outcome: 'silent'; afterMs: number };

/**
 * Never throws, and never takes longer than `timeoutMs`: what does not answer is killed with all that it started, which
 * is why it gets a process group of its own.
 */
export async function askCommand(command: string, args: string[], options: AskOptions = {}): Promise<CommandAnswer> {
  const { timeoutMs = ANSWER_MS, env = process.env, maxBytes = MAX_BYTES } = options;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: '/', env });
  const [stdout, stderr] = [keep(child.stdout, maxBytes), keep(child.stderr, maxBytes)];
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    // A child that outlives it may hold its output open: its exit counts, and then what there is to read.
    const [code, signal] = await once(child, 'exit', { signal: limit });
    await Promise.race([once(child, 'close', { signal: limit }), settle()]);
    if (code === 0) return { outcome: 'answered', stdout: stdout(), stderr: stderr() };
    return { outcome: 'failed', code: signal ?? code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (limit.aborted) return { outcome: 'silent', afterMs: timeoutMs };
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return { outcome: 'absent' };
    return { outcome: 'failed', code: code ?? 'error', stdout: '', stderr: (error as Error).message };
  } finally {
    if (child.pid !== undefined) killGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

function keep(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  stream.on('error', () => {});
  return () => Buffer.concat(chunks).toString('utf8').slice(0, maxBytes).trim();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Ended with all that it started, as it should.
  }
}
