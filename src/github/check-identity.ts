/**
 * What a check is about. GitHub keeps one check of a name for each commit, whatever pull request and whatever rules it was
 * decided by, so each carries both in its `external_id`.
 */

import { sha256 } from '../lib/digest.ts';
import type { RunVerdict } from '../model/metrics.ts';

export interface CheckIdentity {
  /** Null for merge groups and commits of a branch. */
  pullRequest: number | null;
  /** Digest of the branch that the change goes onto; of an empty text where there is no change. */
  base: string;
  /** Digest of the path of the configuration, and of the text of the one that decides. */
  path: string;
  config: string;
  /** Of the workflow; null outside of one. */
  run: number | null;
  attempt: number;
}

/** What the run itself came to, before other pull requests of the commit and earlier runs were asked. */
export interface OwnOutcome {
  /** `set-up`: nothing was enforced. `none`: there was no verdict. */
  verdict: RunVerdict | 'set-up' | 'none';
  conclusion: 'success' | 'failure' | 'neutral';
}

export type RecordedIdentity = CheckIdentity & { own: OwnOutcome };

const DIGITS = 16;

export const digestText = (text: string): string => sha256(text).slice(0, DIGITS);

/** Before a run has come to anything. */
const NOTHING: OwnOutcome = { verdict: 'none', conclusion: 'failure' };

export const formatIdentity = (
  { pullRequest, base, path, config, run, attempt }: CheckIdentity,
  own: OwnOutcome = NOTHING,
): string =>
  `isogate/1 pr=${pullRequest ?? 0} base=${base} path=${path} config=${config} run=${run ?? 0} attempt=${attempt} own=${own.verdict} as=${own.conclusion}`;

const FORM =
  /^isogate\/1 pr=(\d{1,10}) base=([0-9a-f]{16}) path=([0-9a-f]{16}) config=([0-9a-f]{16}) run=(\d{1,15}) attempt=(\d{1,6}) own=(pass|fail|inconclusive|not-measured|set-up|none) as=(success|failure|neutral)$/;

/** Null where it is not one of ours. */
export function parseIdentity(text: string | null): RecordedIdentity | null {
  const [, pullRequest, base, path, config, run, attempt, verdict, conclusion] = FORM.exec(text ?? '') ?? [];
  if (base === undefined || path === undefined || config === undefined) return null;
  return {
    ...{ pullRequest: Number(pullRequest) || null, base, path, config },
    ...{ run: Number(run) || null, attempt: Number(attempt) },
    own: { verdict, conclusion } as OwnOutcome,
  };
}
