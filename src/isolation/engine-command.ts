/** One command to a container engine's client: never a shell, never without end. */

import { execa } from 'execa';
import type { EngineRecord } from './engine-record.ts';

export interface EngineAnswer {
  ok: boolean;
  stdout: string;
  /** Last words of the client, or that it did not answer. */
  problem: string;
}

/** Never throws; what does not end in time is killed. */
export async function askEngine(
  engine: Pick<EngineRecord, 'name' | 'command' | 'env'>,
  args: string[],
  timeoutMs: number,
): Promise<EngineAnswer> {
  const [file = '', ...options] = engine.command;
  const result = await execa(file, [...options, ...args], {
    env: engine.env,
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 16 * 2 ** 20,
  });
  const ok = result.exitCode === 0;
  const problem = result.timedOut
    ? `${engine.name} did not answer \`${args[0]}\` within ${timeoutMs / 1000} s`
    : (result.stderr || result.shortMessage || `\`${args[0]}\` ended with ${result.exitCode}`).trim().slice(-500);
  return { ok, stdout: result.stdout.trim(), problem: ok ? '' : problem };
}
