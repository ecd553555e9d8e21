/** The check on the commit, from before the first measurement to the verdict, however the job ends. */

import * as core from '@actions/core';
import * as v from 'valibot';
import {
  type CheckOutcome,
  type CheckTarget,
  finishCheck,
  type StartedCheck,
  startCheck,
} from '../github/check-run.ts';
import { type Github, openGithub } from '../github/open-github.ts';
import { type EventContext, readEvent } from '../github/read-event.ts';
import { logLine } from '../lib/text.ts';

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
  }),
  check: v.variant('kind', [
    v.object({ kind: v.literal('check'), id: v.number() }),
    v.object({ kind: v.literal('status') }),
    v.object({ kind: v.literal('none') }),
  ]),
});

export interface ActionCheck {
  /** Says which commit is judged, and by which gate as far as that is known. Nothing is written yet. */
  aim(context: EventContext, gate: string): void;
  /** Shows on the commit that the gate is at work. */
  start(gate: string): Promise<void>;
  /** @returns what could not be written, and why */
  finish(outcome: CheckOutcome): Promise<string[]>;
  /** The check run was finished, and shows the annotations. */
  hasAnnotations(): boolean;
}

/** `isogate / api`: the name that a branch rule requires. */
const nameCheck = (gate: string): string => `isogate / ${gate}`;

/** @param github null where nothing is written: without a token, or in a job that only measures */
export function createCheck(github: Github | null, log: (line: string) => void): ActionCheck {
  let target: CheckTarget | null = null;
  let started: StartedCheck | null = null;
  const problems: string[] = [];
  let isShown = false;

  async function begin(): Promise<void> {
    if (github === null || target === null || started !== null) return;
    const outcome = await startCheck(github.octokit, target);
    started = outcome.check;
    problems.push(...outcome.problems);
    for (const problem of outcome.problems) log(problem);
    core.saveState(CHECK_STATE, JSON.stringify({ target, check: started }));
  }

  return {
    aim({ owner, repo, change, sha, runUrl }, gate) {
      target = { owner, repo, headSha: change?.headSha ?? sha, name: nameCheck(gate), detailsUrl: runUrl };
    },
    async start(gate) {
      if (target !== null) target = { ...target, name: nameCheck(gate) };
      await begin();
    },
    async finish(outcome) {
      await begin();
      if (github === null || target === null || started === null) return problems;
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
