import { messageOf } from '../errors.ts';

const EXPLANATIONS: Record<number, string> = {
  401: 'the token is not valid (any more); leave `github-token` at its default or give one that is',
  403: 'the token may not write comments; give the job `permissions: pull-requests: write`, and see that the conversation is not locked',
  404: 'the token cannot see this pull request; give the job `permissions: pull-requests: write`, and see that `github-token` is of this repository',
  410: 'the conversation is gone (deleted, or moved)',
  422: 'GitHub did not accept the comment’s content',
};

const statusOf = (error: unknown): number | null => {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : null;
};

/** Why GitHub did not take a comment, and what to do, on one line. */
export function explainError(error: unknown): string {
  const status = statusOf(error);
  const said = messageOf(error).split('\n')[0]?.slice(0, 300) ?? '';
  if (status === null) return `GitHub could not be reached: ${said}`;
  // A rate limit answers 403 as well, but no permission helps against it.
  const limited = status === 429 || (status === 403 && /rate limit/i.test(said));
  const meaning = limited
    ? 'the rate limit was reached; run the job again later'
    : (EXPLANATIONS[status] ?? (status >= 500 ? 'GitHub failed repeatedly; run the job again later' : 'not expected'));
  return `${meaning} (${status}: ${said})`;
}
