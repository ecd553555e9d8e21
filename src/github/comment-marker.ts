/** Which run a comment tells of. */
export interface CommentMark {
  /** Name of the gate: each gate of a repository keeps a comment of its own. */
  key: string;
  headSha: string;
  /** Grows from run to run; null where it is not known. */
  runId: number | null;
  attempt: number;
}

/** What its comments begin with. The key cannot end the HTML comment. */
export const markerStart = (key: string): string => `<!-- isogate-report ${encodeURIComponent(key)} `;

/** First line of the comment: invisible, and what it is found by. */
export const markerOf = ({ key, headSha, runId, attempt }: CommentMark): string =>
  `${markerStart(key)}sha=${headSha} run=${runId ?? 0} attempt=${attempt} -->`;

const MARKER = /^<!-- isogate-report (\S{1,300}) sha=([0-9a-f]{40,64}) run=(\d{1,15}) attempt=(\d{1,6}) -->/;

/** The mark of one of our own comments; null where it has none that is understood. */
export function markOf(body: string): CommentMark | null {
  const [, key, headSha, runId, attempt] = MARKER.exec(body) ?? [];
  if (key === undefined || headSha === undefined) return null;
  return { key: decodeURIComponent(key), headSha, runId: Number(runId) || null, attempt: Number(attempt) };
}

/** Of two runs the one that was started later. */
const isLater = (a: CommentMark, b: CommentMark): boolean =>
  (a.runId ?? 0) > (b.runId ?? 0) || (a.runId === b.runId && a.attempt > b.attempt);

/**
 * Whether what stands there is to stay: it tells of a newer commit than `mine`. Of the same commit the last to finish has
 * the word.
 * @param headNow the pull request's head; null where GitHub did not say
 */
export function isOutdated(mine: CommentMark, there: CommentMark | null, headNow: string | null): boolean {
  if (there === null || there.headSha === mine.headSha || mine.headSha === headNow) return false;
  return there.headSha === headNow || isLater(there, mine);
}
