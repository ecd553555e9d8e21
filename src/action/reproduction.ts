/** Where the commands that repeat a run begin: with nothing but git and Node. */

import { relative, sep } from 'node:path';
import type { EventContext } from '../github/read-event.ts';
import type { CheckoutPlace } from '../report/document.ts';
import type { ActionInputs } from './inputs.ts';
import type { TrustedConfig } from './trusted-config.ts';

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;
/** The repository that publishes this Action, for one that was run from a directory. */
const OWN = 'isogate/isogate';

/** @param configFile below the top of the repository */
export function describeReproduction(
  { serverUrl, owner, repo, sha, runId, attempt }: EventContext,
  { workspace, workingDirectory }: Pick<ActionInputs, 'workspace' | 'workingDirectory'>,
  { base, text }: Pick<TrustedConfig, 'base' | 'text'>,
  configFile: string,
  env: NodeJS.ProcessEnv,
): CheckoutPlace {
  const server = serverUrl.replace(/\/+$/, '');
  const own = env['GITHUB_ACTION_REPOSITORY'] ?? '';
  return {
    key: `${runId ?? sha.slice(0, 12)}-${attempt}`,
    url: `${server}/${owner}/${repo}`,
    commit: sha,
    configFrom: base !== null && text !== null ? { commit: base, file: configFile } : null,
    directory: relative(workspace, workingDirectory).split(sep).join('/'),
    tool: {
      url: `${REPOSITORY.test(own) ? server : 'https://github.com'}/${REPOSITORY.test(own) ? own : OWN}`,
      revision: env['GITHUB_ACTION_REF'] || 'v1',
    },
  };
}
