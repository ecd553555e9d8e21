/** Real repositories in temporary directories. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const git = (directory: string, ...args: string[]): string =>
  execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

export interface GitRepo {
  directory: string;
  /** Writes the files and commits everything. @returns the commit */
  commit(files: Record<string, string>, message?: string): string;
  git(...args: string[]): string;
  remove(): void;
}

/** A repository on the branch `main`, without a commit. */
export function createRepo(directory = mkdtempSync(join(tmpdir(), 'isogate-repo-'))): GitRepo {
  mkdirSync(directory, { recursive: true });
  git(directory, 'init', '--quiet', '--initial-branch=main');
  return {
    directory,
    commit(files, message = 'change') {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        writeFileSync(join(directory, name), text);
      }
      git(directory, 'add', '--all');
      git(directory, 'commit', '--quiet', '--allow-empty', '-m', message);
      return git(directory, 'rev-parse', 'HEAD');
    },
    git: (...args) => git(directory, ...args),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
