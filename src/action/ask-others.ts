import type { OwnOutcome } from '../github/check-identity.ts';
import { listPullsOfHead } from '../github/find-pull-request.ts';
import type { EventContext } from '../github/read-event.ts';
import { NotMeasurableError } from '../model/errors.ts';
import type { ActionJob } from './job.ts';
import { judgeStanding, type Standing } from './standing.ts';

/** Whether the check may say what this run came to, by the other pull requests of the commit and by earlier runs. */
export async function askOthers(
  { github, check, publishes }: Pick<ActionJob, 'github' | 'check' | 'publishes'>,
  { pullRequest, change }: Pick<EventContext, 'pullRequest' | 'change'>,
  own: OwnOutcome,
): Promise<Standing> {
  const identity = check.identity();
  if (!publishes || github === null || identity === null) return { objection: null, isNeutral: false };
  const baseRef = change?.baseRef ?? null;
  const known = { identity, baseRef, own, others: await check.others() };
  if (own.verdict === 'inconclusive' && (await check.wasStatusRed()))
    return {
      objection: {
        exitCode: 1,
        reason:
          'an earlier run made the commit status red, and this run, which is inconclusive, does not undo that; only a pass does',
      },
      isNeutral: false,
    };
  if (pullRequest === null || change === null || own.conclusion === 'failure')
    return judgeStanding({ ...known, pulls: [] });
  try {
    return judgeStanding({ ...known, pulls: await listPullsOfHead(github.octokit, github, change.headSha) });
  } catch (error) {
    if (!(error instanceof NotMeasurableError)) throw error;
    return {
      objection: {
        exitCode: 3,
        reason: `it is not known whether this commit is the head of other pull requests: ${error.message}`,
      },
      isNeutral: false,
    };
  }
}
