/** Starts harness.ts as a process, on whichever Node runs the tests. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { bundleScript } from '../support/bundle.ts';

export const KILL_PHASES = ['image build', 'start', 'boot', 'warm-up', 'measuring', 'stop'] as const;
export type KillPhase = (typeof KILL_PHASES)[number];

export interface HarnessTask {
  type: IsolationType;
  phase: KillPhase | 'disk full';
  cacheDir: string;
  guestDir: string;
  /** Of a function, for the phase that builds one. */
  directory: string;
}

export interface Harness {
  child: ChildProcess;
  runId: string;
  /** Resolves at the line `at …`; with the message where it failed instead. */
  reached: Promise<string | null>;
  ended: Promise<unknown>;
}

/** @returns path of the bundle */
export const bundleHarness = (directory: string): Promise<string> =>
  bundleScript(join(import.meta.dirname, 'harness.ts'), directory);

/** `prefix` is put before node: an argument vector that ends by executing what follows. */
export async function startHarness(
  bundle: string,
  task: HarnessTask,
  env: Record<string, string>,
  prefix: string[] = [],
): Promise<Harness> {
  const [file = '', ...args] = [...prefix, process.execPath, bundle, JSON.stringify(task)];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const saw = (start: string): Promise<string> =>
    new Promise((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith(start)) resolve(line.slice(start.length));
      });
    });
  const gone = ended.then(() => {
    throw new Error('the harness ended before it got there');
  });
  const reached = Promise.race([saw('at ').then(() => null), saw('failed '), gone]);
  reached.catch(() => {});
  const runId = await Promise.race([saw('run '), gone]);
  return { child, runId, reached, ended };
}
