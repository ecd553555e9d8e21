/** Publishing of a finished run: comment, job summary, outputs, annotations. Nothing here changes the verdict. */

import * as core from '@actions/core';
import type { ActionInputs } from './action-inputs.ts';
import { BadInputError, messageOf, NotMeasurableError } from './errors.ts';
import { annotate } from './github/annotate.ts';
import { logLine } from './github/log-line.ts';
import type { EventContext } from './github/read-event.ts';
import { type CommentOutcome, markerOf, upsertComment } from './github/upsert-comment.ts';
import { writeOutputs } from './github/write-outputs.ts';
import { writeSummary } from './github/write-summary.ts';
import { escapeMarkdown } from './report/escape-markdown.ts';
import { COMMENT_LIMIT, fitComment } from './report/fit-comment.ts';
import type { VerdictDocument } from './types.ts';

/** GitHub takes 1 MiB a step, in bytes; a UTF-16 unit is at most three bytes of UTF-8. */
const SUMMARY_LIMIT = Math.floor((1024 * 1024) / 3) - 1000;

export interface Publication {
  context: EventContext;
  token: string;
  comment: ActionInputs['comment'];
  configFile: string;
  verdict: VerdictDocument;
  exitCode: number;
  /** False: a set-up report, neutral whatever the verdict. */
  enforced: boolean;
  markdown: string;
  outDir: string;
}

const SETUP_NOTE =
  '> **Set-up report, nothing is enforced**: the base has no configuration yet. This is what this one would decide.\n\n';

/** The comment first: where GitHub refuses it, the summary says why and has the report all the same. */
export async function publish(publication: Publication): Promise<void> {
  const { verdict, exitCode, enforced, outDir, configFile } = publication;
  const markdown = (enforced ? '' : SETUP_NOTE) + publication.markdown;
  const outcome = await comment({ ...publication, markdown });
  const notes: string[] = [];
  if (outcome.kind === 'failed') {
    core.warning(logLine(`No comment on the pull request: ${outcome.explanation}`));
    notes.push(`> No comment could be left on the pull request: ${escapeMarkdown(outcome.explanation, 600)}`);
  }
  await writeSummary([fitComment(markdown, SUMMARY_LIMIT), ...notes].join('\n'));
  writeOutputs({ verdict: verdict.verdict, exitCode, outDir, commentUrl: 'url' in outcome ? outcome.url : '' });
  annotate(verdict, configFile, enforced);
}

async function comment({
  context,
  token,
  comment: mode,
  verdict,
  exitCode,
  markdown,
}: Publication): Promise<CommentOutcome> {
  const { owner, repo, pullRequest, apiUrl, runUrl } = context;
  if (pullRequest === null || mode === 'never') return { kind: 'skipped' };
  if (token === '') return { kind: 'failed', explanation: 'the input github-token is empty' };
  // Its library reads the event file when it is loaded, and throws a stack where that is no JSON: readEvent was first.
  const { createOctokit } = await import('./github/create-octokit.ts');
  const octokit = createOctokit({ token, baseUrl: apiUrl, log: (line) => core.info(logLine(line)) });
  const target = { owner, repo, number: pullRequest.number, key: verdict.gate };
  const foot = `\nMeasured at ${pullRequest.headSha}${runUrl === null ? '' : ` in [this run](${runUrl})`}.\n`;
  const room = COMMENT_LIMIT - markerOf(verdict.gate).length - foot.length - 1;
  // A comment that is there is always updated: a red one must not outlive the run that made it green.
  const create = mode === 'always' || exitCode !== 0;
  const outcome = await upsertComment(octokit, target, fitComment(markdown, room) + foot, create);
  if ('url' in outcome) core.info(`Comment ${outcome.kind}: ${outcome.url}`);
  return outcome;
}

/** What ended the run before there was a verdict: one line for what the reader can mend, a stack for what only we can. */
export async function publishFailure(error: unknown): Promise<number> {
  const exitCode = error instanceof BadInputError ? 4 : error instanceof NotMeasurableError ? 3 : 5;
  const message = messageOf(error);
  if (exitCode === 5) core.info(logLine(error instanceof Error ? (error.stack ?? message) : message));
  core.error(logLine(exitCode === 5 ? `internal error: ${message}` : message), { title: 'Isogate did not run' });
  await writeSummary(`### 🚫 Isogate did not run\n\n${escapeMarkdown(message, 2000)}\n`);
  writeOutputs({ verdict: exitCode === 3 ? 'not-measured' : '', exitCode, outDir: null, commentUrl: '' });
  return exitCode;
}
