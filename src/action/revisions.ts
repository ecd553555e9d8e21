/** Flow part: head and base of what an event is about, and where in the repository the configuration stands. */

import { join, relative } from 'node:path';
import { openRevisions, type Revisions } from '../git/open-revisions.ts';
import type { EventContext } from '../github/read-event.ts';
import { remoteOf } from '../github/remote.ts';
import type { Warning } from '../model/warnings.ts';
import type { ActionJob } from './job.ts';

/** Closed by the caller. */
export const openActionRevisions = (
  { inputs: { workspace }, token, cacheDir, log, signal }: ActionJob,
  context: EventContext,
): Promise<Revisions> =>
  openRevisions({
    base: context.change && { kind: 'pull-request', tested: context.sha, ...context.change },
    remote: remoteOf(context, token),
    ...{ workspace, cacheDir, log, signal },
  });

export const baseWarnings = ({ problem }: Revisions): Warning[] =>
  problem === null ? [] : [{ code: 'base-unknown', message: problem }];

/** Below the repository's top. */
export const configFileOf = ({ workspace, workingDirectory, config }: ActionJob['inputs']): string =>
  relative(workspace, join(workingDirectory, config));
