import type { Octokit } from './create-octokit.ts';
import { COMMENTING, explainError, readStatus } from './explain-error.ts';

/** Which run a comment is about. */
export interface CommentMark {
  /** Name of the gate: each gate of a repository keeps a comment of its own. */
  key: string;
  headSha: string;
  /** Grows from run to run; null where it is not known. */
  runId: number | null;
  attempt: number;
  /** Digests of the branch that the change goes onto and of the configuration's path; null where they are not known. */
  rules: { base: string; path: string } | null;
}

/** The start of every comment of a gate. The key is encoded, so it cannot end the HTML comment. */
const startMarker = (key: string): string => `<!-- isogate-report ${encodeURIComponent(key)} `;

/** First line of the comment: invisible, and what the comment is found by. */
export const makeMarker = ({ key, headSha, runId, attempt, rules }: CommentMark): string =>
  `${startMarker(key)}sha=${headSha} run=${runId ?? 0} attempt=${attempt}${rules === null ? '' : ` base=${rules.base} path=${rules.path}`} -->`;

const MARKER =
  /^<!-- isogate-report (\S{1,300}) sha=([0-9a-f]{40,64}) run=(\d{1,15}) attempt=(\d{1,6})(?: base=([0-9a-f]{16}) path=([0-9a-f]{16}))? -->/;

/** The mark of one of our own comments; null where it cannot be understood. */
function readMark(body: string): CommentMark | null {
  const [, key, headSha, runId, attempt, base, path] = MARKER.exec(body) ?? [];
  if (key === undefined || headSha === undefined) return null;
  return {
    ...{ key: decodeURIComponent(key), headSha, runId: Number(runId) || null, attempt: Number(attempt) },
    rules: base === undefined || path === undefined ? null : { base, path },
  };
}

/** Whether run `a` was started after run `b`. */
const isLater = (a: CommentMark, b: CommentMark): boolean =>
  (a.runId ?? 0) > (b.runId ?? 0) || (a.runId === b.runId && a.attempt > b.attempt);

/** Whether the comment is of the same workflow run and another configuration, which must not replace each other. */
const isOfOther = (mine: CommentMark, existing: CommentMark | null): boolean =>
  mine.runId !== null &&
  existing?.runId === mine.runId &&
  mine.rules !== null &&
  existing.rules !== null &&
  existing.rules.path !== mine.rules.path;

/**
 * Whether an existing comment stays because it is about a newer commit than `mine`. For one commit, the last run to finish
 * writes the comment.
 * @param headNow the pull request's head; null where GitHub did not say
 */
function isOutdated(mine: CommentMark, existing: CommentMark | null, headNow: string | null): boolean {
  if (existing === null || existing.headSha === mine.headSha || mine.headSha === headNow) return false;
  return existing.headSha === headNow || isLater(existing, mine);
}

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
 * How to tell the comments that this token wrote. The token of an installation, such as the workflow's own, may not ask who
 * it is; then the comments of every bot count as ours, since no outsider can write as a bot.
 */
async function recogniseOwn(octokit: Octokit): Promise<(author: Author | null) => boolean> {
  try {
    const { data } = await octokit.rest.users.getAuthenticated();
    return (author) => author?.login === data.login;
  } catch {
    return (author) => author?.type === 'Bot';
  }
}

/** All comments of one gate, on all pages, the oldest first; two runs at the same time may have made several. */
async function findOwn(
  octokit: Octokit,
  { owner, repo, number }: CommentTarget,
  key: string,
  own: (author: Author | null) => boolean,
): Promise<Comment[]> {
  const parameters = { owner, repo, issue_number: number, per_page: 100 };
  const all: Comment[] = await octokit.paginate(octokit.rest.issues.listComments, parameters);
  return all.filter(({ body, user }) => body?.startsWith(startMarker(key)) && own(user)).sort((a, b) => a.id - b.id);
}

/** The current head of the pull request; null where GitHub does not say. */
async function readHead(octokit: Octokit, { owner, repo, number }: CommentTarget): Promise<string | null> {
  try {
    return (await octokit.rest.pulls.get({ owner, repo, pull_number: number })).data.head.sha;
  } catch {
    return null;
  }
}

/**
 * Keeps one comment for each gate, which is found by its marker and updated in place. A marker in somebody else's comment is
 * ignored, duplicates are removed, and a comment about a newer commit stays. Where there is none, one is made unless
 * `create` is false. Never throws, because a comment that GitHub refuses must not change the verdict.
 */
export async function upsertComment(
  octokit: Octokit,
  target: CommentTarget,
  mark: CommentMark,
  body: string,
  create: boolean,
): Promise<CommentOutcome> {
  const { owner, repo, number: issue_number } = target;
  const marked = `${makeMarker(mark)}\n${body}`;
  try {
    const own = await recogniseOwn(octokit);
    const found = await findOwn(octokit, target, mark.key, own);
    if (found.length === 0 && !create) return { kind: 'skipped' };
    if (found.length > 0) return await replace(octokit, target, mark, marked, found);
    const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number, body: marked });
    // Another run may have found no comment at the same time, and made one too.
    const made = await findOwn(octokit, target, mark.key, own);
    if (made.length > 1) return await replace(octokit, target, mark, marked, made);
    return { kind: 'created', url: data.html_url };
  } catch (error) {
    return { kind: 'failed', explanation: explainError(error, COMMENTING) };
  }
}

/** The oldest comment stays, with the newest text; two runs at the same time do the same. */
async function replace(
  octokit: Octokit,
  target: CommentTarget,
  mark: CommentMark,
  marked: string,
  found: Comment[],
): Promise<CommentOutcome> {
  const { owner, repo } = target;
  const head = await readHead(octokit, target);
  const [kept, ...extra] = found;
  if (kept === undefined) return { kind: 'skipped' };
  if (found.some(({ body = '' }) => isOfOther(mark, readMark(body))))
    return { kind: 'failed', explanation: 'the comment of this name is of another configuration of this workflow run' };
  const newer = found.find(({ body = '' }) => isOutdated(mark, readMark(body), head));
  const text = newer?.body ?? marked;
  if (text !== kept.body) await octokit.rest.issues.updateComment({ owner, repo, comment_id: kept.id, body: text });
  for (const { id } of extra) await remove(octokit, target, id);
  return { kind: newer === undefined ? 'updated' : 'kept', url: kept.html_url };
}

/** Another run may have removed it first. */
async function remove(octokit: Octokit, { owner, repo }: CommentTarget, comment_id: number): Promise<void> {
  try {
    await octokit.rest.issues.deleteComment({ owner, repo, comment_id });
  } catch (error) {
    if (readStatus(error) !== 404) throw error;
  }
}
