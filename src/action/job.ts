/** What every mode of the Action is given. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Github } from '../github/open-github.ts';
import type { EventContext } from '../github/read-event.ts';
import { isDefaultBranch } from '../github/read-event.ts';
import { nameUntrusted } from '../github/untrusted.ts';
import type { Env } from '../model/env.ts';
import type { ActionCheck } from './check.ts';
import type { ActionInputs } from './inputs.ts';

export interface ActionJob {
  context: EventContext;
  inputs: ActionInputs;
  token: string;
  /** Null without a token. */
  github: Github | null;
  /** False: another job writes the comment and the check. */
  publishes: boolean;
  check: ActionCheck;
  env: Env;
}

/**
 * One cache for each repository and level of trust: what less trusted code has written is never read for more trusted code.
 * @param isApproved the code is that of a pull request which the event does not name
 */
export function chooseCacheDir(
  env: NodeJS.ProcessEnv,
  context: EventContext,
  { isRoot, isApproved }: { isRoot: boolean; isApproved: boolean },
): string {
  const root = isRoot
    ? '/var/cache/isogate'
    : join(env['RUNNER_TOOL_CACHE'] || env['RUNNER_TEMP'] || tmpdir(), 'isogate-cache');
  return join(root, 'repositories', context.owner, context.repo, levelOfTrust(context, isApproved));
}

function levelOfTrust(context: EventContext, isApproved: boolean): 'default-branch' | 'change' | 'untrusted' {
  if (isApproved || nameUntrusted(context) !== null) return 'untrusted';
  return context.change === null && isDefaultBranch(context) ? 'default-branch' : 'change';
}
