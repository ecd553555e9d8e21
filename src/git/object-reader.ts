import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { GitReader } from '../model/git.ts';

const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Git as a reader of objects only: it asks for nothing, uses no network (a partial clone would fetch what it lacks) and
 * has no credentials in its environment. The repository is `.git` of `workspace`. It is never searched for in other
 * directories, because a commit can hold the files of a bare repository with forged objects, but nothing named `.git`.
 * Without `.git` every call gives null. The checkout may belong to another user, as in container jobs, because nothing
 * in it is executed.
 */
export function openObjectReader(workspace: string): GitReader {
  const gitDir = findRepository(workspace);
  if (gitDir === null) return async () => null;
  const settings = ['safe.directory=*', 'safe.bareRepository=explicit'].flatMap((setting) => ['-c', setting]);
  return async (args) => {
    const result = await execa('git', [...settings, `--git-dir=${gitDir}`, '--literal-pathspecs', ...args], {
      cwd: '/',
      reject: false,
      stdin: 'ignore',
      timeout: 30_000,
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'buffer',
      stripFinalNewline: false,
      extendEnv: false,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        LC_ALL: 'C',
        GIT_CEILING_DIRECTORIES: '/',
        GIT_NO_LAZY_FETCH: '1',
        GIT_NO_REPLACE_OBJECTS: '1',
        GIT_TERMINAL_PROMPT: '0',
      },
    });
    return result.exitCode === 0 && !result.isMaxBuffer ? Buffer.from(result.stdout) : null;
  };
}

/** Where the checkout's remote `origin` is; null where it has none. */
export const readOriginUrl = async (git: GitReader): Promise<string | null> =>
  (await git(['config', '--get', 'remote.origin.url']))?.toString().trim() || null;

/** Path of `.git` of a workspace: a directory, or the file that names one for work trees; no link. */
export function findRepository(workspace: string): string | null {
  try {
    const path = join(realpathSync(workspace), '.git');
    const found = lstatSync(path);
    return found.isDirectory() || found.isFile() ? path : null;
  } catch {
    return null;
  }
}
