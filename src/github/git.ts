import { execa } from 'execa';

/** Runs git in the checkout; null where it fails. */
export type Git = (args: string[]) => Promise<string | null>;

const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Git as a reader of objects only: no prompt, no network (a partial clone would fetch what it lacks), no credentials in
 * its environment. The checkout may belong to another user, as in container jobs: nothing in it is executed.
 */
export const createGit =
  (directory: string): Git =>
  async (args) => {
    const result = await execa('git', ['-c', 'safe.directory=*', '-C', directory, ...args], {
      reject: false,
      stdin: 'ignore',
      timeout: 30_000,
      maxBuffer: MAX_OUTPUT_BYTES,
      stripFinalNewline: false,
      extendEnv: false,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        LC_ALL: 'C',
        GIT_NO_LAZY_FETCH: '1',
        GIT_TERMINAL_PROMPT: '0',
      },
    });
    return result.exitCode === 0 && !result.isMaxBuffer ? result.stdout : null;
  };
