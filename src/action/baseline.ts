/** Flow: `mode: baseline`. A job of its own, with leave to write and none of the repository's code: it records a run that passed. */

import * as core from '@actions/core';
import { openStore } from '../baseline/open-store.ts';
import { type Recorded, recordBaseline, UnfitRunError } from '../gate/record-baseline.ts';
import { remoteOf } from '../github/remote.ts';
import { logLine, shortCommit } from '../lib/text.ts';
import { BadInputError } from '../model/errors.ts';
import type { ActionJob } from './job.ts';

export async function actionBaseline(job: ActionJob): Promise<number> {
  const { context, inputs, token } = job;
  // A schedule runs on the default branch and nowhere else.
  if (context.event !== 'schedule' && context.ref !== `refs/heads/${context.defaultBranch}`)
    throw new BadInputError(
      `mode baseline on ${context.ref}: only a run of the default branch becomes a baseline; accepted: refs/heads/${context.defaultBranch ?? 'DEFAULT'}`,
    );
  const { store, close } = await openStore({
    store: inputs.baseline ?? 'git',
    workspace: inputs.workspace,
    remote: remoteOf(context, token),
    ...{ cacheDir: job.cacheDir, log: job.log, signal: job.signal },
  });
  try {
    const recorded = await recordBaseline({
      ...{ path: inputs.outDir, store, commit: context.sha, accept: null, now: new Date() },
    });
    tell(recorded, store.place);
  } catch (error) {
    // The gate has said what is wrong with such a run; that it is no baseline is as it should be.
    if (!(error instanceof UnfitRunError)) throw error;
    core.notice(logLine(error.message), { title: 'Not recorded as a baseline' });
  } finally {
    await close();
  }
  return 0;
}

function tell({ added, runId, commit }: Recorded, place: string): void {
  const what = `run ${runId} of ${shortCommit(commit)}`;
  core.info(logLine(added > 0 ? `${what} added to ${place}` : `${what} is in ${place} already`));
}
