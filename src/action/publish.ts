/**
 * `mode: publish` and `mode: merge`: decide on what other jobs have measured, and publish it. On workflow_run the other
 * workflow may have run untrusted code, without any permission to write; here none of that code is run.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from '@actions/core';
import { readGateName } from '../config/gate-name.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { findPullRequestsOf, readEndedRun } from '../github/find-pull-request.ts';
import { writeOutputs, writeSummary } from '../github/job-page.ts';
import type { Github } from '../github/open-github.ts';
import type { EventContext } from '../github/read-event.ts';
import { nameUntrusted } from '../github/untrusted.ts';
import { readSealKey } from '../host/seal-key.ts';
import { logLine } from '../lib/text.ts';
import { BadInputError, messageOf, NotMeasurableError } from '../model/errors.ts';
import { escapeMarkdown } from '../report/escape.ts';
import { mergeRuns, type RawRun, readRawRun } from '../samples/merge-runs.ts';
import { locateConfig, openActionRevisions, resolveContext, warnOfUnknownBase } from './change-under-test.ts';
import { decideReported } from './decide-reported.ts';
import { inCheckout } from './find-checkout.ts';
import type { ActionJob } from './job.ts';
import { publish } from './publish-verdict.ts';
import {
  findSourcePlaces,
  type ReadHeadFile,
  readFromCheckout,
  readFromCommit,
  readTrustedConfig,
} from './trusted-config.ts';
import { fetchSamples } from './uploaded-samples.ts';

export async function actionPublish(job: ActionJob): Promise<number> {
  const { context, inputs, github } = job;
  const { endedRunId: runId } = context;
  if (github === null || runId === null)
    throw new BadInputError('input github-token: empty; accepted: a token with actions: read and pull-requests: write');
  const ended = await readEndedRun(github.octokit, github, runId);
  if (ended.path !== inputs.workflow)
    throw new BadInputError(
      `the run that ended is of ${ended.path}; accepted: of ${inputs.workflow}, as the input workflow says`,
    );
  if (ended.event !== 'pull_request') return skip(`it was started by ${ended.event}, not by a pull request`);
  const pulls = await findPullRequestsOf(github.octokit, github, ended);
  const [first] = pulls;
  if (first === undefined) return skip(`${ended.headSha} is not the head of an open pull request (any more)`);
  // Which of several it was of, only the samples say. That decides by the rules of no other: each needs a verdict of its own.
  const early = pulls.length > 1 ? await readUploaded(job, github, runId) : null;
  const named = early?.run.header.workflow?.pullRequest;
  const found = pulls.find(({ pullRequest }) => pullRequest.number === named) ?? first;
  const runUrl = `${context.serverUrl}/${context.owner}/${context.repo}/actions/runs/${runId}`;
  return publishReported(job, {
    context: { ...context, ...found, sha: ended.headSha, runId, runUrl, attempt: ended.attempt },
    openHead: async (revisions) => readFromCommit(await revisions.readerOf(ended.headSha), ended.headSha),
    readRun: async () => {
      const { run, artifactId } = early ?? (await readUploaded(job, github, runId));
      return { run, artifactUrl: `${runUrl}/artifacts/${artifactId}` };
    },
  });
}

/** Several jobs have each measured some of the functions; this one decides on all of them. */
export async function actionMerge(started: ActionJob): Promise<number> {
  const job = await inCheckout(started);
  const { workspace, outDir } = job.inputs;
  const context = await resolveContext(job);
  const { runUrl } = context;
  return publishReported(job, {
    context,
    openHead: async () => readFromCheckout(workspace),
    readRun: async () => ({
      run: await mergeRuns(await listParts(outDir), await readSealKey()),
      artifactUrl: runUrl && `${runUrl}#artifacts`,
    }),
  });
}

interface ReportedSource {
  context: EventContext;
  /** How files of the change are read, to be shown. */
  openHead: (revisions: Revisions) => Promise<ReadHeadFile>;
  /** Called once the check shows that work has begun, so that what is wrong with the samples ends the check. */
  readRun: () => Promise<{ run: RawRun; artifactUrl: string | null }>;
}

/** @returns the job's exit code */
async function publishReported(job: ActionJob, { context, openHead, readRun }: ReportedSource): Promise<number> {
  const { inputs, check } = job;
  const configFile = locateConfig(inputs);
  check.aim(context, inputs.name ?? readGateName(null, configFile), configFile);
  const revisions = await openActionRevisions(job, context);
  try {
    const head = await openHead(revisions);
    const base = await revisions.readerOf(context.change?.baseSha ?? context.sha);
    const trusted = await readTrustedConfig(base, head, context, configFile, revisions.branchTip);
    await check.start(inputs.name ?? trusted.gate, { configFile, text: trusted.decidingText });
    const { run, artifactUrl } = await readRun();
    const warnings = [...trusted.warnings, ...warnOfUnknownBase(revisions)];
    const result = await decideReported(job, { run, context, revisions, trusted, head, configFile, warnings });
    return await publish(job, {
      ...result,
      context,
      enforced: trusted.enforced,
      artifactUrl,
      untrusted: inputs.approved === null ? nameUntrusted(context) : null,
      places: await findSourcePlaces(head, configFile, result.config),
    });
  } finally {
    await revisions.close();
  }
}

/** Having nothing to publish is no failure: after a further push, the older run still ends here. */
async function skip(why: string): Promise<number> {
  core.notice(logLine(`Nothing was published: ${why}`), { title: 'Isogate' });
  await writeSummary(`Nothing was published: ${escapeMarkdown(why, 600)}\n`);
  writeOutputs({ verdict: '', exitCode: 0, outDir: null, commentUrl: '' });
  return 0;
}

async function readUploaded(
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
    return { run: await readRawRun(fetched.path, await readSealKey()), artifactId: fetched.artifactId };
  } finally {
    await fetched.remove();
  }
}

/** `out/PART/samples.jsonl`, as actions/download-artifact leaves several artifacts. */
async function listParts(outDir: string): Promise<string[]> {
  const entries = await readdir(outDir, { withFileTypes: true }).catch((error: unknown) => {
    throw new BadInputError(
      `input out: ${messageOf(error)}; accepted: a directory that holds one directory for each part`,
    );
  });
  const parts = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(outDir, name, 'samples.jsonl'));
  if (parts.length === 0)
    throw new BadInputError(`input out: no part in ${outDir}; accepted: DIRECTORY/PART/samples.jsonl of each part`);
  return parts.sort();
}
