/** Flow: the Action. Secrets out of the way, then event and inputs, then what its mode asks for. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { actionBaseline } from './action-baseline.ts';
import { actionGate } from './action-gate.ts';
import { type ActionInputs, readInputs } from './action-inputs.ts';
import { publishFailure } from './action-publish.ts';
import { NotMeasurableError } from './errors.ts';
import { logLine } from './github/log-line.ts';
import { type EventContext, readEvent } from './github/read-event.ts';
import { takeSecrets } from './github/take-secrets.ts';
import { trustPath } from './trust-path.ts';

/** What every mode is given. */
export interface ActionJob {
  context: EventContext;
  inputs: ActionInputs;
  token: string;
  /** Directory of the built files, which holds the guests' agent and runtimes. */
  distDir: string;
  cacheDir: string;
  log: (line: string) => void;
  /** A cancelled job: what runs ends at once. */
  signal: AbortSignal;
}

/** By the input `mode`. Each gives the job's exit code. */
const MODES: Record<ActionInputs['mode'], (job: ActionJob) => Promise<number>> = {
  gate: actionGate,
  baseline: actionBaseline,
};

export async function run(distDir: string): Promise<void> {
  const token = takeSecrets(process.env);
  trustPath(process.env);
  if (token !== '') core.setSecret(token);
  try {
    const context = readEvent(process.env);
    const inputs = readInputs(core.getInput, process.env);
    const cacheDir = cacheDirectory(process.env);
    const log = (line: string) => core.info(logLine(line));
    const job = { context, inputs, token, distDir, cacheDir, log, signal: stopSignal() };
    process.exitCode = await MODES[inputs.mode](job);
  } catch (error) {
    process.exitCode = await publishFailure(error);
  }
}

const cacheDirectory = (env: NodeJS.ProcessEnv): string =>
  process.geteuid?.() === 0
    ? '/var/cache/isogate'
    : join(env['RUNNER_TOOL_CACHE'] || env['RUNNER_TEMP'] || tmpdir(), 'isogate-cache');

/** A cancelled job gets SIGINT, and SIGTERM seconds later: measuring stops, and what was measured is decided on. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new NotMeasurableError(`stopped by ${name}`)));
  }
  return controller.signal;
}
