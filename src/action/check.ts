/** Flow part: the check on the commit, from before the first measurement to the verdict, whatever comes between. */

import * as core from '@actions/core';
import {
  type CheckOutcome,
  type CheckTarget,
  finishCheck,
  type StartedCheck,
  startCheck,
} from '../github/check-run.ts';
import type { Github } from '../github/open-github.ts';
import type { EventContext } from '../github/read-event.ts';

/** What the post step needs to end a check that this process could not: by the runner's own state between steps. */
export const CHECK_STATE = 'isogate-check';
export const CHECK_ENDED = 'isogate-check-ended';

export interface ActionCheck {
  /** Which commit is judged, and by which gate as far as that is known; nothing is written yet. */
  aim(context: EventContext, gate: string): void;
  /** Shows on the commit that the gate is at work. */
  start(gate: string): Promise<void>;
  /** @returns what could not be written, and why */
  finish(outcome: CheckOutcome): Promise<string[]>;
}

/** `isogate / api`: what a branch rule requires. */
const checkName = (gate: string): string => `isogate / ${gate}`;

/** @param github null where nothing is written: without a token, or in a job that only measures */
export function actionCheck(github: Github | null, log: (line: string) => void): ActionCheck {
  let target: CheckTarget | null = null;
  let started: StartedCheck | null = null;
  const problems: string[] = [];

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
      target = { owner, repo, headSha: change?.headSha ?? sha, name: checkName(gate), detailsUrl: runUrl };
    },
    async start(gate) {
      if (target !== null) target = { ...target, name: checkName(gate) };
      await begin();
    },
    async finish(outcome) {
      await begin();
      if (github === null || target === null || started === null) return problems;
      const unfinished = await finishCheck(github.octokit, target, started, outcome);
      if (unfinished.length === 0) core.saveState(CHECK_ENDED, 'true');
      return [...problems, ...unfinished];
    },
  };
}
