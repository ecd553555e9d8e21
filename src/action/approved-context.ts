/** Flow part: a pull request that a maintainer has read and approved by its exact commit, in a workflow started by hand. */

import { openObjectReader } from '../git/object-reader.ts';
import { findApproved } from '../github/find-pull-request.ts';
import type { EventContext } from '../github/read-event.ts';
import { BadInputError } from '../model/errors.ts';
import type { ActionJob } from './job.ts';

/**
 * The event's context, with the approved pull request in it where one is named.
 * @throws BadInputError where it is named elsewhere than in a workflow started by hand, or another commit is checked out
 * @throws NotMeasurableError where the commit is the pull request's head no more
 */
export async function approvedContext({ context, inputs, github }: ActionJob): Promise<EventContext> {
  const { approved, workspace } = inputs;
  if (approved === null) return context;
  if (context.event !== 'workflow_dispatch')
    throw new BadInputError(
      `input pull-request: ${approved.number} on ${context.event}; accepted: only on workflow_dispatch, which only those with write access can start`,
    );
  if (github === null) throw new BadInputError('input github-token: empty; accepted: a token with pull-requests: read');
  const found = await findApproved(github.octokit, github, approved);
  const sha = (await openObjectReader(workspace)(['rev-parse', '--verify', '--quiet', 'HEAD']))?.toString().trim();
  if (sha !== approved.headSha)
    throw new BadInputError(
      `input head-sha: ${approved.headSha} was approved, and ${sha ?? 'nothing'} is checked out; accepted: actions/checkout with \`ref\` at that commit`,
    );
  return { ...context, ...found, sha };
}
