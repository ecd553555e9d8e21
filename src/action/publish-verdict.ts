/** Shows a decided run to people: comment, check, job summary, outputs, annotations. Nothing here changes the verdict. */

import * as core from '@actions/core';
import type { GateResult } from '../gate/finish.ts';
import type { OwnOutcome } from '../github/check-identity.ts';
import type { CheckOutcome } from '../github/check-run.ts';
import { annotate, writeOutputs, writeSummary } from '../github/job-page.ts';
import type { EventContext } from '../github/read-event.ts';
import { type CommentOutcome, makeMarker, upsertComment } from '../github/upsert-comment.ts';
import { logLine, withoutTicks } from '../lib/text.ts';
import { exitCodeOfError, messageOf } from '../model/errors.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { buildAnnotations, type SourcePlaces } from '../report/annotations.ts';
import { addNotes, COMMENT_LIMIT, commentBody, fitComment, isChange } from '../report/comment.ts';
import { messageMarkdown } from '../report/escape.ts';
import { countUnmeasured } from '../report/headline.ts';
import { VERDICT_WORDS } from '../report/words.ts';
import { askOthers } from './ask-others.ts';
import type { ActionJob } from './job.ts';

/** GitHub accepts 1 MiB for each step, in bytes; a UTF-16 unit is at most three bytes of UTF-8. */
const SUMMARY_LIMIT = Math.floor((1024 * 1024) / 3) - 1000;
/** Characters of a check run's summary: https://docs.github.com/en/rest/checks/runs */
const CHECK_LIMIT = 65_535;

export interface Publication extends GateResult {
  /** With the pull request that was approved or found, where the event itself names none. */
  context: EventContext;
  /** False: the base has no configuration yet, so the verdict is shown and fails nothing. */
  enforced: boolean;
  places: SourcePlaces;
  /** Where the files of the run can be downloaded. */
  artifactUrl: string | null;
  /** Whose code reported the samples, where that is untrusted. */
  untrusted: string | null;
}

/**
 * Writes the comment first, then the check. Where GitHub refuses one of them, the job summary says why; it has the report in
 * any case.
 * @returns the job's exit code
 */
export async function publish(job: ActionJob, publication: Publication): Promise<number> {
  const { verdict, enforced, outDir, places, untrusted, context } = publication;
  const ownExitCode = enforced ? publication.exitCode : 0;
  const own: OwnOutcome = {
    verdict: enforced ? verdict.verdict : 'set-up',
    conclusion: conclude(publication, ownExitCode),
  };
  const { objection, isNeutral } = await askOthers(job, context, own);
  const exitCode = objection?.exitCode ?? ownExitCode;
  const markdown = addNotes(publication.markdown, { enforced, untrusted, objection: objection?.reason ?? null });
  const annotations = buildAnnotations(verdict, places, enforced);
  const commented = await comment(job, publication, markdown, exitCode);
  const problems = commented.kind === 'failed' ? [`No comment on the pull request: ${commented.explanation}`] : [];
  problems.push(
    ...(await job.check.finish(
      {
        conclusion: objection !== null ? 'failure' : isNeutral ? 'neutral' : own.conclusion,
        title:
          objection?.reason ??
          `${enforced ? '' : 'nothing is enforced yet; '}${tellVerdict(verdict)}: ${publication.headline}`,
        summary: fitComment(markdown, CHECK_LIMIT),
        annotations,
      },
      own,
    )),
  );
  await tellProblems(problems, fitComment(markdown, SUMMARY_LIMIT));
  if (objection !== null) core.error(logLine(withoutTicks(objection.reason)), { title: `Isogate ${verdict.gate}` });
  const told = objection === null ? verdict.verdict : OBJECTED[objection.exitCode];
  writeOutputs({ verdict: told, exitCode, outDir, commentUrl: 'url' in commented ? commented.url : '' });
  // GitHub would show those of the job beside those of the check, on the same lines.
  if (job.check.hasAnnotations())
    for (const { path, line, message } of annotations) core.info(logLine(`${path}:${line}: ${message}`));
  else annotate(annotations);
  return exitCode;
}

/** The output `verdict` where something stands against the run's own. */
const OBJECTED = { 1: 'fail', 3: 'not-measured', 4: '' } as const;

/** `pass; 2 of 5 limits not measured`: the title of a check is all that many see of it. */
const tellVerdict = (document: VerdictDocument): string => VERDICT_WORDS[document.verdict] + countUnmeasured(document);

async function tellProblems(problems: string[], report: string): Promise<void> {
  for (const problem of problems) core.warning(logLine(withoutTicks(problem)));
  await writeSummary([...problems.map((problem) => `> ${messageMarkdown(problem, 600)}\n`), report].join('\n'));
}

/** What does not fail the job does not fail the check. An inconclusive verdict is neutral, which GitHub lets pass. */
function conclude({ verdict: { verdict }, enforced }: Publication, exitCode: number): CheckOutcome['conclusion'] {
  if (exitCode !== 0) return 'failure';
  return verdict === 'inconclusive' || !enforced ? 'neutral' : 'success';
}

async function comment(
  { github, inputs, publishes, check }: ActionJob,
  { context, verdict, artifactUrl }: Publication,
  markdown: string,
  exitCode: number,
): Promise<CommentOutcome> {
  const { owner, repo, pullRequest, change, runUrl, runId, attempt } = context;
  if (!publishes || pullRequest === null || change === null || inputs.comment === 'never') return { kind: 'skipped' };
  if (github === null) return { kind: 'failed', explanation: 'the input github-token is empty' };
  const { headSha } = change;
  const mark = { key: inputs.name ?? verdict.gate, headSha, runId, attempt, rules: check.identity() };
  const room = COMMENT_LIMIT - makeMarker(mark).length - 1;
  const create = { always: true, 'on-fail': exitCode !== 0, 'on-change': exitCode !== 0 || isChange(verdict) };
  // A comment that exists is always updated: a red one must not outlive the run that turned green.
  const body = commentBody(markdown, { headSha, runUrl, artifactUrl }, room);
  const target = { owner, repo, number: pullRequest.number };
  const outcome = await upsertComment(github.octokit, target, mark, body, create[inputs.comment]);
  if (outcome.kind === 'kept') core.info(`Comment kept, because it is about a newer commit: ${outcome.url}`);
  else if ('url' in outcome) core.info(`Comment ${outcome.kind}: ${outcome.url}`);
  return outcome;
}

/** Reports what ended the run before there was a verdict, with a stack where it is an error of ours. */
export async function publishFailure(error: unknown, job: Pick<ActionJob, 'check'> | null): Promise<number> {
  const exitCode = exitCodeOfError(error);
  const message = messageOf(error);
  const told = exitCode === 5 ? `internal error: ${message}` : message;
  if (exitCode === 5) core.info(logLine(error instanceof Error ? (error.stack ?? message) : message));
  const summary = `### 🚫 Isogate did not run\n\n${messageMarkdown(message, 2000)}\n`;
  const outcome = {
    conclusion: 'failure',
    title: withoutTicks(`not measured: ${told}`),
    summary,
    annotations: [],
  } as const;
  const problems = (await job?.check.finish(outcome)) ?? [];
  core.error(logLine(withoutTicks(told)), { title: 'Isogate did not run' });
  await tellProblems(problems, summary);
  writeOutputs({ verdict: exitCode === 3 ? 'not-measured' : '', exitCode, outDir: null, commentUrl: '' });
  return exitCode;
}
