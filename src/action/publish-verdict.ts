/** Flow part: a decided run for people: comment, check, job summary, outputs, annotations. Nothing here changes the verdict. */

import * as core from '@actions/core';
import type { GateResult } from '../gate/gate-options.ts';
import { annotate } from '../github/annotate.ts';
import type { CheckOutcome } from '../github/check-run.ts';
import { markerOf } from '../github/comment-marker.ts';
import type { EventContext } from '../github/read-event.ts';
import { type CommentOutcome, upsertComment } from '../github/upsert-comment.ts';
import { writeOutputs } from '../github/write-outputs.ts';
import { writeSummary } from '../github/write-summary.ts';
import { logLine } from '../lib/text.ts';
import { BadInputError, messageOf, NotMeasurableError } from '../model/errors.ts';
import { annotationsOf, type SourcePlaces } from '../report/annotations.ts';
import { commentBody, framed } from '../report/comment.ts';
import { escapeMarkdown } from '../report/escape-markdown.ts';
import { COMMENT_LIMIT, fitComment } from '../report/fit-comment.ts';
import { isChange } from '../report/is-change.ts';
import { VERDICT_WORDS } from '../report/words.ts';
import type { Deciding } from './deciding.ts';
import type { ActionJob } from './job.ts';

/** GitHub takes 1 MiB a step, in bytes; a UTF-16 unit is at most three bytes of UTF-8. */
const SUMMARY_LIMIT = Math.floor((1024 * 1024) / 3) - 1000;
/** Of a check run's summary, https://docs.github.com/en/rest/checks/runs: 65,535 characters. */
const CHECK_LIMIT = 65_535;

export interface Publication extends GateResult {
  /** As far as it was approved or found, what the event itself does not say. */
  context: EventContext;
  deciding: Pick<Deciding, 'enforced'>;
  places: SourcePlaces;
  /** Where the run's files can be had. */
  artifactUrl: string | null;
  /** Whose code reported these samples, where that is nobody's who may push here. */
  stranger: string | null;
}

/**
 * The comment first, then the check: where GitHub refuses one, the summary says why and has the report all the same.
 * @returns the job's exit code
 */
export async function publish(job: ActionJob, publication: Publication): Promise<number> {
  const { verdict, deciding, outDir, places, stranger } = publication;
  const exitCode = deciding.enforced ? publication.exitCode : 0;
  const markdown = framed(publication.markdown, { enforced: deciding.enforced, stranger });
  const annotations = annotationsOf(verdict, places, deciding.enforced);
  const commented = await comment(job, publication, markdown, exitCode);
  const problems = commented.kind === 'failed' ? [`No comment on the pull request: ${commented.explanation}`] : [];
  const conclusion = conclusionOf(publication, exitCode);
  problems.push(
    ...(await job.check.finish({
      conclusion,
      title: `${deciding.enforced ? '' : 'nothing is enforced yet; '}${VERDICT_WORDS[verdict.verdict]}: ${publication.headline}`,
      summary: fitComment(markdown, CHECK_LIMIT),
      annotations,
    })),
  );
  await tellProblems(problems, fitComment(markdown, SUMMARY_LIMIT));
  writeOutputs({ verdict: verdict.verdict, exitCode, outDir, commentUrl: 'url' in commented ? commented.url : '' });
  annotate(annotations);
  return exitCode;
}

async function tellProblems(problems: string[], report: string): Promise<void> {
  for (const problem of problems) core.warning(logLine(problem));
  await writeSummary([report, ...problems.map((problem) => `> ${escapeMarkdown(problem, 600)}\n`)].join('\n'));
}

/** What does not fail the job does not fail the check; what was not decided is neutral, which GitHub lets pass. */
function conclusionOf({ verdict: { verdict }, deciding }: Publication, exitCode: number): CheckOutcome['conclusion'] {
  if (exitCode !== 0) return 'failure';
  return verdict === 'inconclusive' || !deciding.enforced ? 'neutral' : 'success';
}

async function comment(
  { github, inputs, publishes }: ActionJob,
  { context, verdict, artifactUrl }: Publication,
  markdown: string,
  exitCode: number,
): Promise<CommentOutcome> {
  const { owner, repo, pullRequest, change, runUrl, runId, attempt } = context;
  if (!publishes || pullRequest === null || change === null || inputs.comment === 'never') return { kind: 'skipped' };
  if (github === null) return { kind: 'failed', explanation: 'the input github-token is empty' };
  const { headSha } = change;
  const mark = { key: inputs.name ?? verdict.gate, headSha, runId, attempt };
  const room = COMMENT_LIMIT - markerOf(mark).length - 1;
  const create = { always: true, 'on-fail': exitCode !== 0, 'on-change': exitCode !== 0 || isChange(verdict) };
  // A comment that is there is always updated: a red one must not outlive the run that made it green.
  const body = commentBody(markdown, { headSha, runUrl, artifactUrl }, room);
  const target = { owner, repo, number: pullRequest.number };
  const outcome = await upsertComment(github.octokit, target, mark, body, create[inputs.comment]);
  if (outcome.kind === 'kept') core.info(`Comment kept, it tells of a newer commit: ${outcome.url}`);
  else if ('url' in outcome) core.info(`Comment ${outcome.kind}: ${outcome.url}`);
  return outcome;
}

/** What ended the run before there was a verdict: one line for what the reader can mend, a stack for what only we can. */
export async function publishFailure(error: unknown, job: Pick<ActionJob, 'check'> | null): Promise<number> {
  const exitCode = error instanceof BadInputError ? 4 : error instanceof NotMeasurableError ? 3 : 5;
  const message = messageOf(error);
  const told = exitCode === 5 ? `internal error: ${message}` : message;
  if (exitCode === 5) core.info(logLine(error instanceof Error ? (error.stack ?? message) : message));
  const summary = `### 🚫 Isogate did not run\n\n${escapeMarkdown(message, 2000)}\n`;
  const outcome = { conclusion: 'failure', title: `not measured: ${told}`, summary, annotations: [] } as const;
  const problems = (await job?.check.finish(outcome)) ?? [];
  core.error(logLine(told), { title: 'Isogate did not run' });
  await tellProblems(problems, summary);
  writeOutputs({ verdict: exitCode === 3 ? 'not-measured' : '', exitCode, outDir: null, commentUrl: '' });
  return exitCode;
}
