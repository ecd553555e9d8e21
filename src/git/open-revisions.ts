import { join } from 'node:path';
import { openScratchDirectory } from '../lib/scratch-directory.ts';
import type { Env } from '../model/env.ts';
import { BadInputError, GitError, messageOf } from '../model/errors.ts';
import type { GitReader, GitRemote, GitRepository } from '../model/git.ts';
import { type BaseRequest, type ComparisonBase, findComparisonBase } from './comparison-base.ts';
import { type History, readHistory } from './history.ts';
import { findRepository, openObjectReader, readOriginUrl } from './object-reader.ts';
import { openOwnRepository } from './own-repository.ts';
import { hasCommit, resolveCommit } from './read-object.ts';

export interface RevisionsOptions {
  /** Top of the checkout. */
  workspace: string;
  base: BaseRequest | null;
  /** Null: the checkout's own remote `origin`. */
  remote: GitRemote | null;
}

/**
 * The revisions that a run compares, read from the checkout's repository, and from its remote where that lacks some.
 */
export interface Revisions {
  /** The commit under test; null outside of a repository. */
  head: string | null;
  base: ComparisonBase | null;
  /** Why the change has no base although a pull request asks for one. */
  problem: string | null;
  /**
   * Reads objects of that commit: from the checkout, or fetched where the checkout lacks the commit and it can be
   * fetched.
   */
  readerOf(commit: string): Promise<GitReader>;
  /** The tip of a branch, which the remote is asked for, and a reader of its objects. @throws Error */
  branchTip(branch: string): Promise<{ git: GitReader; commit: string }>;
  /** Files of the base as a checkout would hold them, made when first asked for. @throws Error */
  baseTree(): Promise<string>;
  /**
   * Commits whose records may be a baseline, nearest first: the base and its ancestors, else the head and its. @throws
   * Error
   */
  ancestors(): Promise<string[]>;
  close(): Promise<void>;
}

/** @throws BadInputError where a base that was asked for by name cannot be found */
export async function openRevisions(
  options: RevisionsOptions,
  { cacheDir, log, signal }: Pick<Env, 'cacheDir' | 'log' | 'signal'>,
): Promise<Revisions> {
  const { workspace, base: request } = options;
  const checkout = openObjectReader(workspace);
  const remote = options.remote ?? (await readOrigin(checkout));
  const scratch = openScratchDirectory(cacheDir, log);
  const openRepository = async (name: string) => openOwnRepository(join(await scratch.path(), name), remote, signal);
  const openObjects = once(() => openRepository('objects.git'));
  const history = (commits: string[]): Promise<History> =>
    readHistory(checkout, commits, remote, () => openRepository('history.git'));
  const fetchIntoOwn = async (commit: string): Promise<GitRepository> => {
    const repository = await openObjects();
    await fetchCommit(repository, commit, findRepository(workspace), remote);
    return repository;
  };
  const { base, problem } = await findComparisonBase(request, checkout, history).then(
    (found) => ({ base: found, problem: null }),
    async (error: unknown) => {
      if (request?.kind === 'pull-request' && error instanceof BadInputError)
        return { base: null, problem: error.message };
      await scratch.remove();
      throw error;
    },
  );
  const head = request?.kind === 'pull-request' ? request.headSha : await resolveCommit(checkout, 'HEAD');
  return {
    head,
    base,
    problem,
    async readerOf(commit) {
      if (await hasCommit(checkout, commit)) return checkout;
      const repository = await fetchIntoOwn(commit).catch((error: unknown) => log(messageOf(error)));
      return repository ? (args) => repository.run(args).catch(() => null) : checkout;
    },
    async branchTip(branch) {
      if (remote === null) throw new GitError('the checkout has no remote');
      const { run } = await openObjects();
      const own = 'refs/isogate/branch';
      await run(['fetch', '--quiet', '--no-tags', '--depth=1', '--', remote.url, `+refs/heads/${branch}:${own}`]);
      const git: GitReader = (args) => run(args).catch(() => null);
      const commit = await resolveCommit(git, own);
      if (commit === null) throw new GitError(`${branch}: no such branch`);
      return { git, commit };
    },
    baseTree: once(async () => {
      if (base === null) throw new Error('the change has no base');
      const { run } = await fetchIntoOwn(base.commit);
      const tree = join(await scratch.path(), 'base');
      await run(['worktree', 'add', '--quiet', '--detach', tree, base.commit]);
      return tree;
    }),
    ancestors: once(async () => {
      const from = base?.commit ?? head;
      return from === null ? [] : (await history([from])).ancestors(from);
    }),
    close: () => scratch.remove(),
  };
}

/**
 * Brings one commit with its files into a repository of our own: from the checkout, whose objects git hashes again on
 * their way, else from the remote.
 * @param checkout path of the checkout's `.git`, null where there is none
 * @throws GitError with the answers of both
 */
async function fetchCommit(
  own: GitRepository,
  commit: string,
  checkout: string | null,
  remote: GitRemote | null,
): Promise<void> {
  const problems: string[] = [];
  for (const from of [checkout, remote?.url]) {
    if (!from) continue;
    try {
      await own.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--depth=1', '--', from, commit]);
      return;
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new GitError(
    `commit ${commit} could be fetched neither from the checkout nor from its remote (${problems.join('; ')})`,
  );
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
};

const readOrigin = async (git: GitReader): Promise<GitRemote | null> => {
  const url = await readOriginUrl(git);
  return url === null ? null : { url };
};
