import { BadInputError, messageOf } from '../model/errors.ts';
import type { GitReader } from '../model/git.ts';
import type { ChangeUnderTest } from '../model/samples.ts';
import type { History } from './history.ts';
import { readCommitParents, resolveCommit } from './read-object.ts';

/** What a pull request's event says, and what was checked out for it. */
export interface PullRequestCommits {
  /** The commit that was checked out: GitHub's merge commit, or what the workflow asked for. */
  tested: string;
  headSha: string;
  /** Tip of the base branch when the event was sent. */
  baseSha: string;
}

/** Which base is asked for: a revision by name, or that of a pull request. */
export type BaseRequest = { kind: 'given'; revision: string } | ({ kind: 'pull-request' } & PullRequestCommits);

/** The commit that a change is measured against, and how it was found. */
export interface ComparisonBase {
  commit: string;
  basis: ChangeUnderTest['basis'];
  /** It is the tip of its branch, or was named; else an older commit, which the change has chosen by where it branched off. */
  isTip: boolean;
}

type ReadHistory = (commits: string[]) => Promise<History>;

/**
 * The first parent of GitHub's merge commit; null where `tested` is no such commit. It is trusted only where its second
 * and last parent is the pull request's head: parents of other commits are what their author made them.
 */
export async function findMergeParent(git: GitReader, tested: string, headSha: string): Promise<string | null> {
  const [first, second, ...more] = (await readCommitParents(git, tested)) ?? [];
  return first !== undefined && second === headSha && more.length === 0 ? first : null;
}

/**
 * The commit that a change is measured against: for a pull request the first parent of GitHub's merge commit, else the
 * merge base of head and base; for a revision by name the merge base of it and HEAD.
 * @throws BadInputError where there is none, or the history cannot be read
 */
export async function findComparisonBase(
  request: BaseRequest | null,
  checkout: GitReader,
  history: ReadHistory,
): Promise<ComparisonBase | null> {
  if (request === null) return null;
  return request.kind === 'pull-request'
    ? findPullRequestBase(request, checkout, history)
    : findGivenBase(request.revision, checkout, history);
}

async function findPullRequestBase(
  { tested, headSha, baseSha }: PullRequestCommits,
  checkout: GitReader,
  history: ReadHistory,
): Promise<ComparisonBase> {
  const parent = await findMergeParent(checkout, tested, headSha);
  if (parent !== null) return { commit: parent, basis: 'merge-parent', isTip: true };
  const { mergeBase } = await explainFailure(
    history([headSha, baseSha]),
    `the merge base of ${headSha} and ${baseSha}`,
    '; give actions/checkout fetch-depth: 0, or the job permissions: contents: read so that the history can be fetched',
  );
  const common = await mergeBase(headSha, baseSha);
  if (common !== null) return { commit: common, basis: 'merge-base', isTip: common === baseSha };
  throw new BadInputError(
    `base: ${headSha} and ${baseSha} have no commit in common, so there is nothing that the change can be measured against`,
  );
}

async function findGivenBase(revision: string, checkout: GitReader, history: ReadHistory): Promise<ComparisonBase> {
  const [head, given] = [await resolveCommit(checkout, 'HEAD'), await resolveCommit(checkout, revision)];
  if (head === null || given === null)
    throw new BadInputError(
      `--base ${revision}: ${head === null ? 'this is no git repository with a commit' : 'no such commit in this repository'}; accepted: a branch, tag or commit that git knows here`,
    );
  const { mergeBase } = await explainFailure(
    history([head, given]),
    '--base',
    '; git fetch --unshallow gives the rest',
  );
  const common = await mergeBase(head, given);
  if (common === null)
    throw new BadInputError(
      `--base ${revision}: has no commit in common with HEAD; accepted: a commit that shares history with HEAD`,
    );
  const isTip = common === given;
  return { commit: common, basis: isTip ? 'given' : 'merge-base', isTip };
}

const explainFailure = async <T>(work: Promise<T>, what: string, hint: string): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw new BadInputError(`${what} could not be looked up: ${messageOf(error)}${hint}`, { cause: error });
  }
};
