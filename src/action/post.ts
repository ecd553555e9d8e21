/** Flow: the Action's post step. Runs however the job ended: ends a check that was left open, and removes what a killed run left. */

import * as core from '@actions/core';
import * as v from 'valibot';
import { clean } from '../gate/clean.ts';
import { finishCheck } from '../github/check-run.ts';
import { openGithub } from '../github/open-github.ts';
import { readEvent } from '../github/read-event.ts';
import { takeSecrets } from '../github/take-secrets.ts';
import { trustPath } from '../host/find-program.ts';
import { logLine } from '../lib/text.ts';
import { messageOf } from '../model/errors.ts';
import { CHECK_ENDED, CHECK_STATE } from './check.ts';

export async function runPost(): Promise<void> {
  const token = takeSecrets(process.env);
  trustPath(process.env);
  if (token !== '') core.setSecret(token);
  const log = (line: string) => core.info(logLine(line));
  try {
    await endCheck(token, log);
  } catch (error) {
    core.warning(logLine(`the check was left open: ${messageOf(error)}`));
  }
  try {
    const { removed, alive } = await clean({ log });
    core.info(`Cleaned up: ${removed.length} left-over removed, ${alive.length} runs still alive`);
  } catch (error) {
    // The verdict is out: a machine that could not be tidied is told of, and does not turn the job red.
    core.warning(logLine(`clean-up failed: ${messageOf(error)}; run: isogate clean`));
  }
}

const stateSchema = v.object({
  target: v.object({
    ...{
      owner: v.string(),
      repo: v.string(),
      headSha: v.string(),
      name: v.string(),
      detailsUrl: v.nullable(v.string()),
    },
  }),
  check: v.variant('kind', [
    v.object({ kind: v.literal('check'), id: v.number() }),
    v.object({ kind: v.literal('status') }),
    v.object({ kind: v.literal('none') }),
  ]),
});

/** A check that stays in progress blocks a pull request without a word. */
async function endCheck(token: string, log: (line: string) => void): Promise<void> {
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
