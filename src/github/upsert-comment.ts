import { type CommentMark, isOutdated, markerOf, markerStart, markOf } from './comment-marker.ts';
import type { Octokit } from './create-octokit.ts';
import { COMMENTING, explainError, statusOf } from './explain-error.ts';

export interface CommentTarget {
  owner: string;
  repo: string;
  number: number;
}

export type CommentOutcome =
  | { kind: 'created' | 'updated' | 'kept'; url: string }
  | { kind: 'skipped' }
  | { kind: 'failed'; explanation: string };

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

/** All of one gate, on all pages, the oldest first: a race of two runs may have made several. */
async function findOwn(
  octokit: Octokit,
  { owner, repo, number }: CommentTarget,
  key: string,
  own: (author: Author | null) => boolean,
): Promise<Comment[]> {
  const parameters = { owner, repo, issue_number: number, per_page: 100 };
  const all: Comment[] = await octokit.paginate(octokit.rest.issues.listComments, parameters);
  return all.filter(({ body, user }) => body?.startsWith(markerStart(key)) && own(user)).sort((a, b) => a.id - b.id);
}

/** Where the pull request stands now; null where GitHub does not say. */
async function headNow(octokit: Octokit, { owner, repo, number }: CommentTarget): Promise<string | null> {
  try {
    return (await octokit.rest.pulls.get({ owner, repo, pull_number: number })).data.head.sha;
  } catch {
    return null;
  }
}

/**
 * One comment a gate, found again by its marker on all pages and updated in place; a marker in somebody else's comment
 * counts for nothing, duplicates are removed, and what tells of a newer commit stays. Where none is there, one is made
 * unless `create` is false. Never throws: a comment that GitHub refuses must not change the verdict.
 */
export async function upsertComment(
  octokit: Octokit,
  target: CommentTarget,
  mark: CommentMark,
  body: string,
  create: boolean,
): Promise<CommentOutcome> {
  const { owner, repo, number: issue_number } = target;
  const marked = `${markerOf(mark)}\n${body}`;
  try {
    const own = await isOwn(octokit);
    const found = await findOwn(octokit, target, mark.key, own);
    if (found.length === 0 && !create) return { kind: 'skipped' };
    if (found.length > 0) return await replace(octokit, target, mark, marked, found);
    const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number, body: marked });
    // Another run may have found none at the same time.
    const made = await findOwn(octokit, target, mark.key, own);
    if (made.length > 1) return await replace(octokit, target, mark, marked, made);
    return { kind: 'created', url: data.html_url };
  } catch (error) {
    return { kind: 'failed', explanation: explainError(error, COMMENTING) };
  }
}

/** The oldest stays, with the newest text; both runs of a race do the same. */
async function replace(
  octokit: Octokit,
  target: CommentTarget,
  mark: CommentMark,
  marked: string,
  found: Comment[],
): Promise<CommentOutcome> {
  const { owner, repo } = target;
  const head = await headNow(octokit, target);
  const [kept, ...extra] = found;
  if (kept === undefined) return { kind: 'skipped' };
  const newer = found.find(({ body = '' }) => isOutdated(mark, markOf(body), head));
  const text = newer?.body ?? marked;
  if (text !== kept.body) await octokit.rest.issues.updateComment({ owner, repo, comment_id: kept.id, body: text });
  for (const { id } of extra) await remove(octokit, target, id);
  return { kind: newer === undefined ? 'updated' : 'kept', url: kept.html_url };
}

/** The other run of a race may have been first. */
async function remove(octokit: Octokit, { owner, repo }: CommentTarget, comment_id: number): Promise<void> {
  try {
    await octokit.rest.issues.deleteComment({ owner, repo, comment_id });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}
