/** `mode: baseline`: a job of its own, with permission to write and none of the repository's code, records a run that passed. */

import * as core from '@actions/core';
import { openStore } from '../baseline/open-store.ts';
import { type Recorded, recordBaseline, UnfitRunError } from '../gate/record-baseline.ts';
import { makeRemote } from '../github/credentials.ts';
import { isDefaultBranch } from '../github/read-event.ts';
import { logLine, shortCommit } from '../lib/text.ts';
import { BadInputError } from '../model/errors.ts';
import type { ActionJob } from './job.ts';

export async function actionBaseline(job: ActionJob): Promise<number> {
  const { context, inputs, token, env } = job;
  if (!isDefaultBranch(context))
    throw new BadInputError(
      `mode baseline on ${context.ref}: only a run of the default branch becomes a baseline; accepted: refs/heads/${context.defaultBranch ?? 'DEFAULT'}`,
    );
  const source = { store: inputs.baseline ?? 'git', workspace: inputs.workspace, remote: makeRemote(context, token) };
  const { store, close } = await openStore(source, env);
  try {
    const request = { path: inputs.outDir, commit: context.sha, accept: null };
    logRecorded(await recordBaseline(request, store, env.now()), store.place);
  } catch (error) {
    // The gate has reported what is wrong with this run; that it does not become a baseline is no failure.
    if (!(error instanceof UnfitRunError)) throw error;
    core.notice(logLine(error.message), { title: 'Not recorded as a baseline' });
  } finally {
    await close();
  }
  return 0;
}

function logRecorded({ added, runId, commit }: Recorded, place: string): void {
  const what = `run ${runId} of ${shortCommit(commit)}`;
  core.info(logLine(added > 0 ? `${what} added to ${place}` : `${what} is in ${place} already`));
}
