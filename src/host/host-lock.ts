/** One measuring run a host: flock(2) held by a child, so that the kernel lets go however we die. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NotMeasurableError } from '../model/errors.ts';
import { STATE_ROOT } from './run-registry.ts';

const SAY_AFTER_MS = 500;

export interface HostLock {
  /** How long it had to be waited for. */
  waitedMs: number;
  release(): Promise<void>;
}

/** Waits for as long as another run measures; says so through `log`. @throws NotMeasurableError */
export async function takeHostLock(
  log: (line: string) => void,
  signal: AbortSignal,
  path = join(STATE_ROOT, 'lock'),
): Promise<HostLock> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // Whoever can open the file can hold the lock: nobody else can.
  await (await open(path, 'a', 0o600)).close();
  await chmod(path, 0o600);
  const startedMs = performance.now();
  // `cat` runs once flock has the lock, and ends when its standard input does: at our release or at our death.
  const holder = spawn('flock', [path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const saying = setTimeout(() => log('another run measures on this host; waiting for its lock'), SAY_AFTER_MS);
  try {
    holder.stdin.write('held\n');
    await Promise.race([
      once(holder.stdout, 'data', { signal }),
      once(holder, 'error').then(([error]) => Promise.reject(error)),
      once(holder, 'exit').then(() => Promise.reject(new Error('flock ended early'))),
    ]);
  } catch (error) {
    await end(holder);
    throw new NotMeasurableError(`the host lock ${path} could not be taken: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    clearTimeout(saying);
  }
  return { waitedMs: performance.now() - startedMs, release: () => end(holder) };
}

async function end(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null || holder.pid === undefined) return;
  const exited = once(holder, 'exit');
  holder.stdin?.end();
  holder.kill('SIGTERM');
  await exited;
}
