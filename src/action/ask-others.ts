import type { OwnOutcome } from '../github/check-identity.ts';
import { listPullsOfHead } from '../github/find-pull-request.ts';
import type { EventContext } from '../github/read-event.ts';
import { NotMeasurableError } from '../model/errors.ts';
import type { ActionJob } from './job.ts';
import { judgeStanding, type Standing } from './standing.ts';

type Job = Pick<ActionJob, 'github' | 'check' | 'publishes'>;
type Change = Pick<EventContext, 'pullRequest' | 'change'>;

const object = (exitCode: 1 | 3, reason: string): Standing => ({ objection: { exitCode, reason }, isNeutral: false });

/**
 * Whether the check may say what this run came to, by the other pull requests of the commit and by earlier runs. What GitHub
 * does not tell is an objection to all but red.
 */
export async function askOthers(job: Job, change: Change, own: OwnOutcome): Promise<Standing> {
  try {
    return await ask(job, change, own);
  } catch (error) {
    if (!(error instanceof NotMeasurableError)) throw error;
    if (own.conclusion === 'failure') return { objection: null, isNeutral: false };
    return object(3, `what else there is about this commit is not known: ${error.message}`);
  }
}

async function ask(
  { github, check, publishes }: Job,
  { pullRequest, change }: Change,
  own: OwnOutcome,
): Promise<Standing> {
  const identity = check.identity();
  if (!publishes || github === null || identity === null) return { objection: null, isNeutral: false };
  const known = { identity, baseRef: change?.baseRef ?? null, own, others: await check.others() };
  if (own.verdict === 'inconclusive' && (await check.wasStatusRed()))
    return object(
      1,
      'an earlier run made the commit status red, and this run, which is inconclusive, does not undo that; only a pass does',
    );
  const isAsked = pullRequest !== null && change !== null && own.conclusion !== 'failure';
  const pulls = isAsked ? await listPullsOfHead(github.octokit, github, change.headSha) : [];
  return judgeStanding({ ...known, pulls });
}
