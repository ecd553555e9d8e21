/** Flow part: the revisions that a run compares, read from the checkout's repository and from its remote where that lacks some. */

import { join } from 'node:path';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { GitReader, GitRemote, GitRepository } from '../model/git.ts';
import { fetchCommit } from './fetch-commit.ts';
import { type FoundBase, findBase, type PullRequestCommits } from './find-base.ts';
import { type History, readHistory } from './history.ts';
import { findRepository, openObjectReader } from './object-reader.ts';
import { originUrl } from './origin-url.ts';
import { ownDirectory } from './own-directory.ts';
import { openOwnRepository } from './own-repository.ts';

/** Which base is asked for: a revision by name, or that of a pull request. */
export type BaseRequest = { kind: 'given'; revision: string } | ({ kind: 'pull-request' } & PullRequestCommits);

export interface RevisionsOptions {
  /** Top of the checkout. */
  workspace: string;
  base: BaseRequest | null;
  /** Null: the checkout's own remote `origin`. */
  remote: GitRemote | null;
  cacheDir: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

export interface Revisions {
  /** The commit under test; null outside of a repository. */
  head: string | null;
  base: FoundBase | null;
  /** Why there is no base although a pull request asks for one. */
  problem: string | null;
  /** Reads objects of that commit: of the checkout where it has them, else fetched. Where neither has it, of the checkout. */
  readerOf(commit: string): Promise<GitReader>;
  /** Files of the base as a checkout would hold them, made when first asked for. @throws Error */
  baseTree(): Promise<string>;
  /** Commits whose records may be a baseline, nearest first: the base and its ancestors, else the head and its. @throws Error */
  ancestors(): Promise<string[]>;
  close(): Promise<void>;
}

/** @throws BadInputError where a base that was asked for by name cannot be found */
export async function openRevisions(options: RevisionsOptions): Promise<Revisions> {
  const { workspace, base: request, cacheDir, log, signal } = options;
  const checkout = openObjectReader(workspace);
  const remote = options.remote ?? (await originOf(checkout));
  const directory = ownDirectory(cacheDir, log);
  const own = once(async () => openOwnRepository(join(await directory.path(), 'objects.git'), remote, signal));
  const openHistory = async () => openOwnRepository(join(await directory.path(), 'history.git'), remote, signal);
  const history = (commits: string[]): Promise<History> => readHistory(checkout, commits, remote, openHistory);
  const fetched = async (commit: string): Promise<GitRepository> => {
    const repository = await own();
    await fetchCommit(repository, commit, findRepository(workspace), remote);
    return repository;
  };
  const close = () => directory.remove();
  const { base, problem } = await baseOf(request, checkout, history).then(
    (found) => ({ base: found, problem: null }),
    async (error: unknown) => {
      if (request?.kind === 'pull-request' && error instanceof BadInputError)
        return { base: null, problem: error.message };
      await close();
      throw error;
    },
  );
  const head = request?.kind === 'pull-request' ? request.headSha : await resolve(checkout, 'HEAD');
  return {
    head,
    base,
    problem,
    async readerOf(commit) {
      if ((await checkout(['cat-file', '-e', `${commit}^{commit}`])) !== null) return checkout;
      const repository = await fetched(commit).catch((error: unknown) => log(messageOf(error)));
      return repository ? (args) => repository.run(args).catch(() => null) : checkout;
    },
    baseTree: once(async () => {
      if (base === null) throw new Error('there is no base');
      const { run } = await fetched(base.base);
      const tree = join(await directory.path(), 'base');
      await run(['worktree', 'add', '--quiet', '--detach', tree, base.base]);
      return tree;
    }),
    ancestors: once(async () => {
      const from = base?.base ?? head;
      return from === null ? [] : (await history([from])).ancestors(from);
    }),
    close,
  };
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
};

const originOf = async (git: GitReader): Promise<GitRemote | null> => {
  const url = await originUrl(git);
  return url === null ? null : { url };
};

const resolve = async (git: GitReader, revision: string): Promise<string | null> =>
  (await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]))?.toString().trim() ||
  null;

async function baseOf(
  request: BaseRequest | null,
  checkout: GitReader,
  history: (commits: string[]) => Promise<History>,
): Promise<FoundBase | null> {
  if (request === null) return null;
  if (request.kind === 'pull-request') {
    const mergeBase = async (a: string, b: string) =>
      (await told(history([a, b]), `the merge base of ${a} and ${b}`)).mergeBase(a, b);
    const found = await findBase(checkout, request, mergeBase);
    if (found !== null) return found;
    throw new BadInputError(
      `base: ${request.headSha} and ${request.baseSha} have no commit in common, so there is nothing that the change can be measured against`,
    );
  }
  const [head, given] = [await resolve(checkout, 'HEAD'), await resolve(checkout, request.revision)];
  if (head === null || given === null)
    throw new BadInputError(
      `--base ${request.revision}: ${head === null ? 'this is no git repository with a commit' : 'no such commit in this repository'}; accepted: a branch, tag or commit that git knows here`,
    );
  const common = await (await told(history([head, given]), '--base')).mergeBase(head, given);
  if (common === null)
    throw new BadInputError(
      `--base ${request.revision}: has no commit in common with HEAD; accepted: a relative of it`,
    );
  return { base: common, basis: common === given ? 'given' : 'merge-base' };
}

const told = async <T>(work: Promise<T>, what: string): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw new BadInputError(`${what} could not be looked up: ${messageOf(error)}`, { cause: error });
  }
};
