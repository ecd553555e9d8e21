/**
 * Flow: `mode: publish`, on workflow_run. Another workflow, which may have run a stranger's code, has measured without any
 * leave to write; this one runs none of that code, decides on what was reported, and publishes.
 */

import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as core from '@actions/core';
import type { ActionJob } from './action.ts';
import { commitFiles, readDeciding, sourcePlaces } from './action-deciding.ts';
import { gateName } from './config/gate-name.ts';
import { decideReported } from './decide-reported.ts';
import { BadInputError, NotMeasurableError } from './errors.ts';
import { readSamplesArtifact } from './github/artifact.ts';
import { type EndedRun, findPullRequestOf, readEndedRun } from './github/find-pull-request.ts';
import { logLine } from './github/log-line.ts';
import type { Github } from './github/open-github.ts';
import type { EventContext } from './github/read-event.ts';
import { strangerOf } from './github/refuse-strangers.ts';
import { remoteOf } from './github/remote.ts';
import { writeOutputs } from './github/write-outputs.ts';
import { writeSummary } from './github/write-summary.ts';
import { type RawRun, readRawRun } from './merge-runs.ts';
import { openRevisions } from './open-revisions.ts';
import { ownDirectory } from './own-directory.ts';
import { publish } from './publish.ts';
import { escapeMarkdown } from './report/escape-markdown.ts';

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
  const endedRun = { ...context, ...found, sha: ended.headSha, runId: context.endedRunId, attempt: ended.attempt };
  return publishRun(job, github, ended, {
    ...endedRun,
    runUrl: `${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${context.endedRunId}`,
  });
}

/** Nothing to publish is no failure: whoever pushes again has the older run end here. */
async function skip(why: string): Promise<number> {
  core.notice(logLine(`Nothing was published: ${why}`), { title: 'Isogate' });
  await writeSummary(`Nothing was published: ${escapeMarkdown(why, 600)}\n`);
  writeOutputs({ verdict: '', exitCode: 0, outDir: null, commentUrl: '' });
  return 0;
}

async function publishRun(job: ActionJob, github: Github, ended: EndedRun, context: EventContext): Promise<number> {
  const { inputs, token, cacheDir, log, signal, check } = job;
  const { change, runId, runUrl } = context;
  if (change === null || runId === null) throw new Error('a found pull request has a head and a base');
  const configFile = relative(inputs.workspace, join(inputs.workingDirectory, inputs.config));
  check.aim(context, inputs.name ?? gateName(null));
  const revisions = await openRevisions({
    workspace: inputs.workspace,
    base: { kind: 'pull-request', tested: ended.headSha, ...change },
    remote: remoteOf(context, token),
    ...{ cacheDir, log, signal },
  });
  try {
    const head = commitFiles(await revisions.readerOf(change.headSha), change.headSha);
    const deciding = await readDeciding(await revisions.readerOf(change.baseSha), head, context, configFile);
    await check.start(inputs.name ?? deciding.gate);
    const { run, artifactId } = await readReported(job, github, runId);
    const result = await decideReported(job, {
      ...{ run, context, revisions, deciding, head, configFile },
      warnings: revisions.problem === null ? [] : [{ code: 'base-unknown', message: revisions.problem }],
    });
    return await publish(job, {
      ...result,
      ...{ context, deciding, artifactUrl: `${runUrl}/artifacts/${artifactId}`, stranger: strangerOf(context) },
      places: await sourcePlaces(head, configFile, result.config),
    });
  } finally {
    await revisions.close();
  }
}

async function readReported(
  { inputs: { artifact: name }, cacheDir, log }: ActionJob,
  { octokit, owner, repo }: Github,
  runId: number,
): Promise<{ run: RawRun; artifactId: number }> {
  const found = await readSamplesArtifact(octokit, { owner, repo, runId, name });
  if (found === null)
    throw new NotMeasurableError(
      `the run that ended has no artifact called ${name}: it measured nothing, or did not upload it (if: always())`,
    );
  const directory = ownDirectory(cacheDir, log);
  try {
    const path = join(await directory.path(), 'samples.jsonl');
    await writeFile(path, found.samples, { flag: 'wx' });
    return { run: await readRawRun(path), artifactId: found.artifactId };
  } finally {
    await directory.remove();
  }
}
