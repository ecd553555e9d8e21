import { createHash } from 'node:crypto';
import type { GitReader } from '../model/git.ts';

const COMMIT_ID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const PARENT = /^parent ([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Parents as they stand in the commit itself, also where a shallow checkout hides them; null where it is not there. Git
 * does not hash loose objects again when it reads them, so this does.
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_git_commit_objects
 */
export async function commitParents(git: GitReader, commit: string): Promise<string[] | null> {
  if (!COMMIT_ID.test(commit)) return null;
  const content = await git(['cat-file', 'commit', commit]);
  if (content === null) return null;
  const hash = createHash(commit.length === 64 ? 'sha256' : 'sha1');
  if (hash.update(`commit ${content.length}\0`).update(content).digest('hex') !== commit) return null;
  const [head = ''] = content.toString('latin1').split('\n\n', 1);
  return head.split('\n').flatMap((line) => PARENT.exec(line)?.[1] ?? []);
}
