import type { Octokit } from './create-octokit.ts';
import { explainError } from './explain-error.ts';

export interface CommentTarget {
  owner: string;
  repo: string;
  number: number;
  /** Name of the gate: each gate of a repository keeps a comment of its own. */
  key: string;
}

export type CommentOutcome =
  | { kind: 'created' | 'updated'; url: string }
  | { kind: 'skipped' }
  | { kind: 'failed'; explanation: string };

/** First line of the comment: invisible, and what it is found by. The key cannot end the HTML comment. */
export const markerOf = (key: string): string => `<!-- isogate-report ${encodeURIComponent(key)} -->`;

interface Author {
  login: string;
  type: string;
}

type Comment = { id: number; html_url: string; body?: string | undefined; user: Author | null };

/**
 * Who this token writes as. An installation's token, the workflow's own among them, may not ask: then any bot's
 * comment is taken for our own, which no outsider can write.
 */
async function isOwn(octokit: Octokit): Promise<(author: Author | null) => boolean> {
  try {
    const { data } = await octokit.rest.users.getAuthenticated();
    return (author) => author?.login === data.login;
  } catch {
    return (author) => author?.type === 'Bot';
  }
}

async function findOwn(octokit: Octokit, target: CommentTarget): Promise<Comment | null> {
  const { owner, repo, number: issue_number, key } = target;
  const marker = markerOf(key);
  const own = await isOwn(octokit);
  const parameters = { owner, repo, issue_number, per_page: 100 };
  for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listComments, parameters)) {
    const found = data.find((comment) => comment.body?.startsWith(marker) && own(comment.user));
    if (found) return found;
  }
  return null;
}

/**
 * One comment a gate, found again by its marker on all pages and updated in place; a marker in somebody else's comment
 * counts for nothing. Where none is there, one is made unless `create` is false. Never throws: a comment that GitHub
 * refuses must not change the verdict.
 */
export async function upsertComment(
  octokit: Octokit,
  target: CommentTarget,
  body: string,
  create: boolean,
): Promise<CommentOutcome> {
  const { owner, repo, number: issue_number, key } = target;
  const marked = `${markerOf(key)}\n${body}`;
  try {
    const found = await findOwn(octokit, target);
    if (found) {
      const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id: found.id, body: marked });
      return { kind: 'updated', url: data.html_url };
    }
    if (!create) return { kind: 'skipped' };
    const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number, body: marked });
    return { kind: 'created', url: data.html_url };
  } catch (error) {
    return { kind: 'failed', explanation: explainError(error) };
  }
}
