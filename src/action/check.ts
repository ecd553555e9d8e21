/** The check on the commit, from before the first measurement to the verdict, however the job ends. */

import * as core from '@actions/core';
import * as v from 'valibot';
import {
  type CheckIdentity,
  digestText,
  formatIdentity,
  type OwnOutcome,
  type RecordedIdentity,
} from '../github/check-identity.ts';
import {
  type CheckOutcome,
  type CheckTarget,
  finishCheck,
  isStatusRed,
  listOtherChecks,
  type StartedCheck,
  startCheck,
} from '../github/check-run.ts';
import { CHECKING, explainError } from '../github/explain-error.ts';
import { type Github, openGithub } from '../github/open-github.ts';
import { type EventContext, readEvent } from '../github/read-event.ts';
import { logLine } from '../lib/text.ts';
import { BadInputError, NotMeasurableError } from '../model/errors.ts';
import { findOtherConfiguration } from './standing.ts';

/** The runner's state between steps: what the post step needs to end a check that the main step left open. */
const CHECK_STATE = 'isogate-check';
const CHECK_ENDED = 'isogate-check-ended';

const stateSchema = v.object({
  target: v.object({
    owner: v.string(),
    repo: v.string(),
    headSha: v.string(),
    name: v.string(),
    detailsUrl: v.nullable(v.string()),
    externalId: v.nullable(v.string()),
  }),
  check: v.variant('kind', [
    v.object({ kind: v.literal('check'), id: v.number() }),
    v.object({ kind: v.literal('status') }),
    v.object({ kind: v.literal('none') }),
  ]),
});

/** What decides: its place below the top of the repository, and its text where that is known. */
export interface Rules {
  configFile: string;
  text: string | null;
}

export interface ActionCheck {
  /** Says which commit is judged, and by which gate as far as that is known. Nothing is written yet. */
  aim(context: EventContext, gate: string, configFile: string): void;
  /**
   * Shows on the commit that the gate is at work.
   * @throws BadInputError where another configuration has a check of that name on the commit
   */
  start(gate: string, rules: Rules): Promise<void>;
  /** What the check is about; null before it was aimed. */
  identity(): CheckIdentity | null;
  /**
   * The other checks of this name on the commit, the oldest first; null where this run has none.
   * @throws NotMeasurableError where they cannot be read
   */
  others(): Promise<RecordedIdentity[] | null>;
  /** Where a commit status takes the check's place: whether that of an earlier run is red, or cannot be read. */
  wasStatusRed(): Promise<boolean>;
  /** @returns what could not be written, and why */
  finish(outcome: CheckOutcome, own?: OwnOutcome): Promise<string[]>;
  /** The check run was finished, and shows the annotations. */
  hasAnnotations(): boolean;
}

/** `isogate / api`: the name that a branch rule requires. */
const nameCheck = (gate: string): string => `isogate / ${gate}`;

const identify = (
  { change, pullRequest, runId, attempt }: EventContext,
  { configFile, text }: Rules,
): CheckIdentity => ({
  ...{ pullRequest: pullRequest?.number ?? null, run: runId, attempt },
  ...{ base: digestText(change?.baseRef ?? ''), path: digestText(configFile), config: digestText(text ?? '') },
});

/** @param github null where nothing is written: without a token, or in a job that only measures */
export function createCheck(github: Github | null, log: (line: string) => void): ActionCheck {
  let context: EventContext | null = null;
  let target: CheckTarget | null = null;
  let identity: CheckIdentity | null = null;
  let started: StartedCheck | null = null;
  const problems: string[] = [];
  let isShown = false;

  function judge(gate: string, rules: Rules): void {
    if (context === null) return;
    const { owner, repo, change, sha, runUrl } = context;
    identity = identify(context, rules);
    target = {
      ...{ owner, repo, headSha: change?.headSha ?? sha },
      ...{ name: nameCheck(gate), detailsUrl: runUrl, externalId: formatIdentity(identity) },
    };
  }

  async function begin(): Promise<void> {
    if (github === null || target === null || started !== null) return;
    const outcome = await startCheck(github.octokit, target);
    started = outcome.check;
    problems.push(...outcome.problems);
    for (const problem of outcome.problems) log(problem);
    core.saveState(CHECK_STATE, JSON.stringify({ target, check: started }));
  }

  async function readOthers(): Promise<RecordedIdentity[] | null> {
    if (github === null || target === null || started?.kind !== 'check') return null;
    return listOtherChecks(github.octokit, target, started.id).catch((error: unknown) => {
      throw new NotMeasurableError(`the checks of this commit could not be read: ${explainError(error, CHECKING)}`);
    });
  }

  return {
    identity: () => identity,
    others: readOthers,
    async wasStatusRed() {
      if (github === null || target === null || started?.kind !== 'status') return false;
      return isStatusRed(github.octokit, target).catch(() => true);
    },
    aim(aimed, gate, configFile) {
      context = aimed;
      judge(gate, { configFile, text: null });
    },
    async start(gate, rules) {
      judge(gate, rules);
      await begin();
      // What cannot be read now is asked for again before there is a verdict.
      const others = await readOthers().catch(() => null);
      const objection = identity && findOtherConfiguration(identity, others ?? []);
      if (objection) throw new BadInputError(objection.reason);
    },
    async finish(outcome, own) {
      await begin();
      if (github === null || target === null || started === null) return problems;
      if (identity !== null && own !== undefined) target = { ...target, externalId: formatIdentity(identity, own) };
      const unfinished = await finishCheck(github.octokit, target, started, outcome);
      if (unfinished.length === 0) core.saveState(CHECK_ENDED, 'true');
      isShown = unfinished.length === 0 && started.kind === 'check';
      return [...problems, ...unfinished];
    },
    hasAnnotations: () => isShown,
  };
}

/** In the post step: a check that stays in progress would block a pull request without a word. */
export async function endOpenCheck(token: string, log: (line: string) => void): Promise<void> {
  const state = core.getState(CHECK_STATE);
  if (state === '' || core.getState(CHECK_ENDED) !== '') return;
  const { target, check } = v.parse(stateSchema, JSON.parse(state));
  const github = await openGithub(readEvent(process.env), token, log);
  if (github === null) return;
  const problems = await finishCheck(github.octokit, target, check, {
    conclusion: 'failure',
    title: 'not measured: the job ended before there was a verdict',
    summary: 'The job was killed, or the runner was lost, before there was a verdict. Run it again.\n',
    annotations: [],
  });
  for (const problem of problems) core.warning(logLine(problem));
}
