/** The least that is needed to talk in lines with a child over pipes. */

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { TIMEOUT_MS } from './bed.ts';

export interface Conversation {
  /** Resolves when the next line has arrived whole. @throws Error when it lacks `part`, or the child ends before it */
  line(part: string): Promise<void>;
  /** Gone when it resolves; may be called after its end. */
  end(): Promise<void>;
}

export function converse(child: ChildProcessWithoutNullStreams, signal: AbortSignal): Conversation {
  let text = '';
  let errors = '';
  let failure: Error | null = null;
  let waiting: (() => void) | null = null;
  const wake = (): void => {
    const resolve = waiting;
    waiting = null;
    resolve?.();
  };
  const fail = (message: string): void => {
    failure ??= new Error(message);
    wake();
  };
  const onAbort = (): void => fail('interrupted');
  const timer = setTimeout(() => fail(`${child.spawnfile}: no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
  signal.addEventListener('abort', onAbort, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-500);
  });
  child.stdin.on('error', () => {});
  child.on('error', (error) => fail(error.message));
  child.on('close', (code) => fail(`${child.spawnargs.join(' ')} ended with code ${code}: ${errors.trim()}`));

  return {
    async line(part) {
      for (;;) {
        const end = text.indexOf('\n');
        if (end !== -1) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          if (line.includes(part)) return;
          throw new Error(`expected a line with ${part}, got ${line.slice(0, 200)}`);
        }
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
    async end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
