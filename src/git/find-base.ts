import type { GitReader } from '../model/git.ts';
import type { ChangeUnderTest } from '../model/samples.ts';
import { commitParents } from './commit-parents.ts';

/** What a pull request's event says, and what was checked out for it. */
export interface PullRequestCommits {
  /** The commit that was checked out: GitHub's merge commit, or what the workflow asked for. */
  tested: string;
  headSha: string;
  /** Tip of the base branch when the event was sent. */
  baseSha: string;
}

export type FoundBase = Pick<ChangeUnderTest, 'base' | 'basis'>;

/**
 * The commit that a pull request's change is measured against: the first parent of GitHub's merge commit, which is trusted
 * as such only where its second parent is the pull request's head; else where head and base parted.
 * @param mergeBase of two commits, from a repository with all their history; null where they have none in common
 */
export async function findBase(
  git: GitReader,
  { tested, headSha, baseSha }: PullRequestCommits,
  mergeBase: (a: string, b: string) => Promise<string | null>,
): Promise<FoundBase | null> {
  const [first, second, ...more] = (await commitParents(git, tested)) ?? [];
  if (first !== undefined && second === headSha && more.length === 0) return { base: first, basis: 'merge-parent' };
  const common = await mergeBase(headSha, baseSha);
  return common === null ? null : { base: common, basis: 'merge-base' };
}
