/** One command to a container engine's client: never a shell, never without end. */

import { askCommand, type CommandAnswer } from '../../lib/run-tool.ts';
import type { EngineRecord } from './engine-record.ts';

export interface EngineAnswer {
  ok: boolean;
  stdout: string;
  /** Last words of the client, or that it did not answer. */
  problem: string;
}

/** A container's whole description. */
const MAX_BYTES = 16 * 2 ** 20;

/** Never throws; what does not end in time is killed, with all that it started. */
export async function askEngine(
  engine: Pick<EngineRecord, 'name' | 'command' | 'env'>,
  args: string[],
  timeoutMs: number,
): Promise<EngineAnswer> {
  const [file = '', ...options] = engine.command;
  const { env } = engine;
  const answer = await askCommand(file, [...options, ...args], { timeoutMs, env, maxBytes: MAX_BYTES });
  if (answer.outcome === 'answered') return { ok: true, stdout: answer.stdout, problem: '' };
  return {
    ok: false,
    stdout: answer.outcome === 'failed' ? answer.stdout : '',
    problem: problemOf(answer, engine.name, args),
  };
}

function problemOf(answer: CommandAnswer, name: string, args: string[]): string {
  if (answer.outcome === 'silent') return `${name} did not answer \`${args[0]}\` within ${answer.afterMs / 1000} s`;
  if (answer.outcome === 'absent') return `${name} is not installed`;
  const code = answer.outcome === 'failed' ? answer.code : 0;
  return (answer.stderr || `\`${args[0]}\` ended with ${code}`).slice(-500);
}
