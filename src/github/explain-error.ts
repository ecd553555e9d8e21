import { messageOf } from '../model/errors.ts';

/** What was asked of GitHub, in words that say what is missing where GitHub refuses. */
export interface Asked {
  /** Completes “the token may not …”. */
  what: string;
  /** Completes “the token cannot see …”. */
  subject: string;
  /** The line below `permissions:` in the workflow. */
  permission: string;
  /** What else to check after a 403, besides the permission. */
  besides?: string;
  /** What a 410 means. */
  gone: string;
}

export const COMMENTING: Asked = {
  what: 'write comments',
  subject: 'this pull request',
  permission: 'pull-requests: write',
  besides: 'see that the conversation is not locked',
  gone: 'the conversation is gone (deleted, or moved)',
};
export const READING_PULLS: Asked = {
  what: 'read pull requests',
  subject: 'the pull request',
  permission: 'pull-requests: read',
  gone: 'the pull request is gone',
};
export const CHECKING: Asked = {
  what: 'write check runs',
  subject: 'the commit’s checks',
  permission: 'checks: write',
  gone: 'the commit is gone',
};
export const SETTING_STATUS: Asked = {
  what: 'write commit statuses',
  subject: 'the commit’s statuses',
  permission: 'statuses: write',
  gone: 'the commit is gone',
};
export const READING_RUNS: Asked = {
  what: 'read workflow runs and their artifacts',
  subject: 'the workflow run or its artifact',
  permission: 'actions: read',
  gone: 'the artifact has expired or was deleted; run the measuring workflow again',
};

/** HTTP status of GitHub's answer; null where there was none. */
export const readStatus = (error: unknown): number | null => {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : null;
};

function interpret(status: number, said: string, asked: Asked): string {
  // A rate limit answers 403 as well, but no permission helps against it.
  if (status === 429 || (status === 403 && /rate limit/i.test(said)))
    return 'the rate limit was reached; run the job again later';
  const grant = `give the job \`permissions: ${asked.permission}\``;
  switch (status) {
    case 401:
      return 'the token is not valid (any more); leave `github-token` at its default or give one that is';
    case 403:
      return `the token may not ${asked.what}; ${grant}${asked.besides ? `, and ${asked.besides}` : ''}`;
    case 404:
      return `the token cannot see ${asked.subject}; ${grant}, and see that \`github-token\` is of this repository`;
    case 410:
      return asked.gone;
    case 422:
      return 'GitHub did not accept the content';
    default:
      return status >= 500 ? 'GitHub failed repeatedly; run the job again later' : 'not expected';
  }
}

/** Why GitHub did not do what it was asked, and what to do, on one line. */
export function explainError(error: unknown, asked: Asked): string {
  const status = readStatus(error);
  const said = messageOf(error).split('\n')[0]?.slice(0, 300) ?? '';
  if (status === null) return `GitHub could not be reached: ${said}`;
  return `${interpret(status, said, asked)} (${status}: ${said})`;
}

/** Whether a permission is missing, so that something else may be allowed. */
export const isForbidden = (error: unknown): boolean => [403, 404].includes(readStatus(error) ?? 0);
