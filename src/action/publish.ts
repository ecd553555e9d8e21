/**
 * Flow: `mode: publish`, on workflow_run. Another workflow, which may have run a stranger's code, has measured without any
 * leave to write; this one runs none of that code, decides on what was reported, and publishes.
 */

import * as core from '@actions/core';
import { findPullRequestOf, readEndedRun } from '../github/find-pull-request.ts';
import type { Github } from '../github/open-github.ts';
import { writeOutputs } from '../github/write-outputs.ts';
import { writeSummary } from '../github/write-summary.ts';
import { logLine } from '../lib/text.ts';
import { BadInputError, NotMeasurableError } from '../model/errors.ts';
import { escapeMarkdown } from '../report/escape-markdown.ts';
import { type RawRun, readRawRun } from '../samples/merge-runs.ts';
import { commitFiles } from './deciding.ts';
import { fetchSamples } from './fetch-samples.ts';
import type { ActionJob } from './job.ts';
import { publishReported } from './publish-reported.ts';

export async function actionPublish(job: ActionJob): Promise<number> {
  const { context, inputs, github } = job;
  if (github === null || context.endedRunId === null)
    throw new BadInputError('input github-token: empty; accepted: a token with actions: read and pull-requests: write');
  const ended = await readEndedRun(github.octokit, github, context.endedRunId);
  if (ended.path !== inputs.workflow)
    throw new BadInputError(
      `the run that ended is of ${ended.path}; accepted: of ${inputs.workflow}, as the input workflow says`,
    );
  if (ended.event !== 'pull_request') return skip(`it was started by ${ended.event}, not by a pull request`);
  const found = await findPullRequestOf(github.octokit, github, ended);
  if (found === null) return skip(`${ended.headSha} is not the head of an open pull request (any more)`);
  const runId = context.endedRunId;
  const runUrl = `${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${runId}`;
  return publishReported(job, {
    context: { ...context, ...found, sha: ended.headSha, runId, runUrl, attempt: ended.attempt },
    headFiles: async (revisions) => commitFiles(await revisions.readerOf(ended.headSha), ended.headSha),
    readRun: async () => {
      const { run, artifactId } = await readReported(job, github, runId);
      return { run, artifactUrl: `${runUrl}/artifacts/${artifactId}` };
    },
  });
}

/** Nothing to publish is no failure: whoever pushes again has the older run end here. */
async function skip(why: string): Promise<number> {
  core.notice(logLine(`Nothing was published: ${why}`), { title: 'Isogate' });
  await writeSummary(`Nothing was published: ${escapeMarkdown(why, 600)}\n`);
  writeOutputs({ verdict: '', exitCode: 0, outDir: null, commentUrl: '' });
  return 0;
}

async function readReported(
  job: ActionJob,
  github: Github,
  runId: number,
): Promise<{ run: RawRun; artifactId: number }> {
  const fetched = await fetchSamples(job, github, runId);
  if (fetched === null)
    throw new NotMeasurableError(
      `the run that ended has no artifact called ${job.inputs.artifact}: it measured nothing, or did not upload it (if: always())`,
    );
  try {
    return { run: await readRawRun(fetched.path), artifactId: fetched.artifactId };
  } finally {
    await fetched.remove();
  }
}
