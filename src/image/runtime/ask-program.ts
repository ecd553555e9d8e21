import { join } from 'node:path';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import { runConfined, whyFailed } from '../confine/confined.ts';
import type { Limits } from '../confine/limits.ts';
import { viewForQuestion } from '../confine/views.ts';

export type ProgramAnswer = { ok: true; stdout: string } | { ok: false; reason: string };

/** Asks a language's program something, such as its version and where its modules are. */
export type AskProgram = (program: string, args: string[]) => Promise<ProgramAnswer>;

const LIMITS: Limits = {
  wallMs: 60_000,
  memoryBytes: 2 ** 30,
  processes: 128,
  fileBytes: 2 ** 20,
  outputBytes: 2 ** 16,
};

/**
 * In place of the program anything may stand: a version manager's script, or what somebody has put into a tool cache that is
 * open to all. So it is asked within limits, and can change nothing.
 */
export const confinedAsker =
  ({ guestDir, signal }: { guestDir: string; signal?: AbortSignal | undefined }): AskProgram =>
  async (program, args) => {
    const agent = join(guestDir, 'agent');
    const env = { PATH: process.env['PATH'] ?? SYSTEM_PATH, HOME: process.env['HOME'] ?? '/' };
    const view = viewForQuestion(agent, env);
    const answer = await runConfined([program, ...args], { view, limits: LIMITS, agent, signal });
    if (!answer.failed) return { ok: true, stdout: answer.stdout.toString('utf8').trim() };
    return { ok: false, reason: whyFailed(answer, answer.words) };
  };
