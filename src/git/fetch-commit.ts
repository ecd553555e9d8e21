import { messageOf } from '../model/errors.ts';
import type { GitRemote, GitRepository } from '../model/git.ts';

/**
 * Brings one commit with its files into a repository of our own: from the checkout, where objects are hashed again on
 * their way, else from the remote.
 * @param checkout path of the checkout's `.git`, null where there is none
 * @throws Error that says what both answered
 */
export async function fetchCommit(
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
  throw new Error(
    `commit ${commit} could be had neither from the checkout nor from its remote (${problems.join('; ')})`,
  );
}
