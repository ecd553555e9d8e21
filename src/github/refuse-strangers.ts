import { NotMeasurableError } from '../model/errors.ts';
import type { EventContext } from './read-event.ts';

const DEPENDABOT = 'dependabot[bot]';

/** Whose code this is, where it is nobody's who may push to the repository; null otherwise. */
export function strangerOf({
  pullRequest,
  owner,
  repo,
  actor,
}: Pick<EventContext, 'pullRequest' | 'owner' | 'repo' | 'actor'>): string | null {
  if (pullRequest === null) return null;
  const { headRepository, author } = pullRequest;
  if (headRepository === null) return 'a deleted fork';
  if (headRepository.toLowerCase() !== `${owner}/${repo}`.toLowerCase()) return `the fork ${headRepository}`;
  return [actor, author].includes(DEPENDABOT) ? 'Dependabot' : null;
}

/**
 * Stops before anything of a fork's or Dependabot's is built or run. This prevents accidents, not attacks: whoever can
 * edit the workflow can leave it out (docs/reference/action.md).
 * @throws NotMeasurableError with what a maintainer does to have it measured
 */
export function refuseStrangers(context: EventContext): void {
  const stranger = strangerOf(context);
  if (stranger === null || context.pullRequest === null || context.change === null) return;
  const { number } = context.pullRequest;
  const { headSha } = context.change;
  throw new NotMeasurableError(
    `pull request #${number} comes from ${stranger}: its code was not run on this machine. ` +
      `A maintainer who has read commit ${headSha} has exactly that commit measured by starting the workflow by hand ` +
      `(workflow_dispatch, docs/reference/action.md) with pull-request ${number} and head-sha ${headSha}: ` +
      `gh workflow run WORKFLOW -f pull-request=${number} -f head-sha=${headSha}`,
  );
}
