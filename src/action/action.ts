/** The Action: takes the secrets out of the environment, reads event and inputs, and runs what the mode asks for. */

import { join } from 'node:path';
import * as core from '@actions/core';
import { takeSecrets } from '../github/credentials.ts';
import { openGithub } from '../github/open-github.ts';
import { readEvent } from '../github/read-event.ts';
import { trustPath } from '../host/find-program.ts';
import { logLine } from '../lib/text.ts';
import { BadInputError, NotMeasurableError } from '../model/errors.ts';
import { actionBaseline } from './baseline.ts';
import { createCheck } from './check.ts';
import { clearOut } from './clear-out.ts';
import { actionGate } from './gate.ts';
import { type ActionInputs, readInputs } from './inputs.ts';
import { type ActionJob, chooseCacheDir } from './job.ts';
import { actionMerge, actionPublish } from './publish.ts';
import { publishFailure } from './publish-verdict.ts';

interface Mode {
  events: string[];
  publishes: boolean;
  /** Whatever is in `out` at the start is removed. In the other modes it holds what is decided on. */
  writesOut: boolean;
  /** @returns the job's exit code */
  run: (job: ActionJob) => Promise<number>;
}

const OWN_CODE = ['pull_request', 'merge_group', 'push', 'schedule', 'workflow_dispatch'];

/** By the input `mode`. */
const MODES: Record<ActionInputs['mode'], Mode> = {
  gate: { events: OWN_CODE, publishes: true, writesOut: true, run: actionGate },
  measure: { events: OWN_CODE, publishes: false, writesOut: true, run: actionGate },
  merge: { events: OWN_CODE, publishes: true, writesOut: false, run: actionMerge },
  publish: { events: ['workflow_run'], publishes: true, writesOut: true, run: actionPublish },
  baseline: {
    events: ['push', 'schedule', 'workflow_dispatch'],
    publishes: false,
    writesOut: false,
    run: actionBaseline,
  },
};

export async function run(distDir: string): Promise<void> {
  const token = takeSecrets(process.env);
  trustPath(process.env);
  if (token !== '') core.setSecret(token);
  let job: ActionJob | null = null;
  try {
    const context = readEvent(process.env);
    const inputs = readInputs(core.getInput, process.env);
    const { events, publishes, writesOut, run: runMode } = MODES[inputs.mode];
    if (!events.includes(context.event))
      throw new BadInputError(`mode ${inputs.mode} on ${context.event}: accepted: ${events.join(', ')}`);
    const log = (line: string) => core.info(logLine(line));
    if (writesOut) await clearOut(inputs, process.env);
    const github = await openGithub(context, token, log);
    job = {
      context,
      inputs,
      token,
      github,
      publishes,
      check: createCheck(publishes ? github : null, log),
      env: {
        log,
        signal: watchStopSignals(),
        cacheDir: chooseCacheDir(process.env, context, {
          isRoot: process.geteuid?.() === 0,
          isApproved: inputs.approved !== null,
        }),
        guestDir: join(distDir, 'guest'),
        now: () => new Date(),
      },
    };
    process.exitCode = await runMode(job);
  } catch (error) {
    process.exitCode = await publishFailure(error, job);
  }
}

/** A cancelled job gets SIGINT, and SIGTERM seconds later: measuring stops, and what was measured is decided. */
function watchStopSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new NotMeasurableError(`stopped by ${name}`)));
  }
  return controller.signal;
}
