/** A pull request's repository, served over HTTP as GitHub serves it: its head is reachable, also where no branch has it. */

import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createWorkspace, type Workspace } from './action-run.ts';
import { type GitHttp, serveGit } from './git-http.ts';
import { git } from './git-repo.ts';

export interface ServedRepository {
  workspace: Workspace;
  remote: GitHttp;
}

interface ServeOptions {
  /** Its commits are on no branch here. */
  isFork?: boolean;
  depth?: number;
}

export async function serveRepository(
  token: string,
  base: string | null,
  head: string,
  { isFork = false, depth = 2 }: ServeOptions = {},
): Promise<ServedRepository> {
  const workspace = createWorkspace(base, head, depth);
  const root = dirname(workspace.directory);
  const origin = join(root, 'origin');
  git(origin, 'config', 'uploadpack.allowFilter', 'true');
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  git(origin, 'update-ref', 'refs/pull/7/head', workspace.head);
  if (isFork) {
    git(origin, 'reset', '--quiet', '--hard', workspace.base);
    git(origin, 'branch', '--quiet', '-D', 'change');
  }
  mkdirSync(join(root, 'acme'));
  symlinkSync(join(origin, '.git'), join(root, 'acme/thumbs'));
  return { workspace, remote: await serveGit(root, token) };
}

/** Repositories by name, for the tests of one file. */
export interface ServedRepositories {
  serve(...args: [name: string, base: string | null, head: string, options?: ServeOptions]): Promise<void>;
  /** @throws Error where none is served by this name */
  of(name: string): ServedRepository;
  close(): Promise<void>;
}

export function serveRepositories(token: string): ServedRepositories {
  const served = new Map<string, ServedRepository>();
  return {
    async serve(name, base, head, options) {
      served.set(name, await serveRepository(token, base, head, options));
    },
    of(name) {
      const found = served.get(name);
      if (!found) throw new Error(`no repository ${name}`);
      return found;
    },
    async close() {
      for (const { workspace, remote } of served.values()) {
        await remote.close();
        workspace.remove();
      }
    },
  };
}
