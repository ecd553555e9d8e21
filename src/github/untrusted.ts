import { NotMeasurableError } from '../model/errors.ts';
import type { EventContext } from './read-event.ts';

const DEPENDABOT = 'dependabot[bot]';

/** Whose code this is, where it comes from somebody who may not push to the repository; null where it is trusted. */
export function nameUntrusted({
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
 * Stops before any code of a fork or of Dependabot is built or run. This prevents accidents, not attacks: whoever can edit
 * the workflow can leave it out (docs/reference/action.md).
 * @throws NotMeasurableError that says how a maintainer has it measured
 */
export function refuseUntrusted(context: EventContext): void {
  const origin = nameUntrusted(context);
  if (origin === null || context.pullRequest === null || context.change === null) return;
  const { number } = context.pullRequest;
  const { headSha } = context.change;
  throw new NotMeasurableError(
    `pull request #${number} comes from ${origin}: its code was not run on this machine. ` +
      `A maintainer who has read commit ${headSha} has exactly that commit measured by starting the workflow by hand ` +
      `(workflow_dispatch, docs/reference/action.md) with pull-request ${number} and head-sha ${headSha}: ` +
      `gh workflow run WORKFLOW -f pull-request=${number} -f head-sha=${headSha}`,
  );
}
