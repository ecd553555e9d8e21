/** Flow part: where the Action keeps images, kernels and proofs from run to run. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventContext } from '../github/read-event.ts';
import { strangerOf } from '../github/refuse-strangers.ts';

/** Whose code fills a cache. What a less trusted one has written is never read for a more trusted one. */
function trustOf(context: EventContext, isApproved: boolean): 'default-branch' | 'change' | 'stranger' {
  if (isApproved || strangerOf(context) !== null) return 'stranger';
  // A schedule runs on the default branch and nowhere else.
  const isDefault = context.event === 'schedule' || context.ref === `refs/heads/${context.defaultBranch}`;
  return context.change === null && isDefault ? 'default-branch' : 'change';
}

/**
 * One a repository and level of trust, below what belongs to the user who runs this.
 * @param isApproved the code is a pull request's that the event does not tell of
 */
export function cacheDirectory(
  env: NodeJS.ProcessEnv,
  context: EventContext,
  { isRoot, isApproved }: { isRoot: boolean; isApproved: boolean },
): string {
  const root = isRoot
    ? '/var/cache/isogate'
    : join(env['RUNNER_TOOL_CACHE'] || env['RUNNER_TEMP'] || tmpdir(), 'isogate-cache');
  return join(root, 'repositories', context.owner, context.repo, trustOf(context, isApproved));
}
