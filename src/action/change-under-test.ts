/** What an event is about: the pull request that was approved, head and base, and where the configuration is. */

import { join, relative } from 'node:path';
import { openObjectReader } from '../git/object-reader.ts';
import { openRevisions, type Revisions } from '../git/open-revisions.ts';
import { resolveCommit } from '../git/read-object.ts';
import { makeRemote } from '../github/credentials.ts';
import { findApproved } from '../github/find-pull-request.ts';
import type { EventContext } from '../github/read-event.ts';
import { BadInputError } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';
import type { ActionJob } from './job.ts';

/**
 * The event's context, and in it the pull request that a maintainer approved by its exact commit, where one is named.
 * @throws BadInputError where it is named in a workflow that was not started by hand, or another commit is checked out
 * @throws NotMeasurableError where that commit is no longer the head of the pull request
 */
export async function resolveContext({ context, inputs, github }: ActionJob): Promise<EventContext> {
  const { approved, workspace } = inputs;
  if (approved === null) return context;
  if (context.event !== 'workflow_dispatch')
    throw new BadInputError(
      `input pull-request: ${approved.number} on ${context.event}; accepted: only on workflow_dispatch, which only those with write access can start`,
    );
  if (github === null) throw new BadInputError('input github-token: empty; accepted: a token with pull-requests: read');
  const found = await findApproved(github.octokit, github, approved);
  const sha = await resolveCommit(openObjectReader(workspace), 'HEAD');
  if (sha !== approved.headSha)
    throw new BadInputError(
      `input head-sha: ${approved.headSha} was approved, and ${sha ?? 'nothing'} is checked out; accepted: actions/checkout with \`ref\` at that commit`,
    );
  return { ...context, ...found, sha };
}

/** Closed by the caller. */
export const openActionRevisions = ({ inputs, token, env }: ActionJob, context: EventContext): Promise<Revisions> =>
  openRevisions(
    {
      workspace: inputs.workspace,
      base: context.change && { kind: 'pull-request', tested: context.sha, ...context.change },
      remote: makeRemote(context, token),
    },
    env,
  );

export const warnOfUnknownBase = ({ problem }: Revisions): Warning[] =>
  problem === null ? [] : [{ code: 'base-unknown', message: problem }];

/** Path of isogate.yml below the top of the repository. */
export const locateConfig = ({ workspace, workingDirectory, config }: ActionJob['inputs']): string =>
  relative(workspace, join(workingDirectory, config));
