/** Flow: the Action. Secrets out of the way, then event and inputs, then the gate, then publish, and only then fail. */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as core from '@actions/core';
import { type ActionInputs, readInputs } from './action-inputs.ts';
import { publish, publishFailure } from './action-publish.ts';
import { NotMeasurableError } from './errors.ts';
import { runGate } from './gate.ts';
import { readDecidingConfig } from './github/base-config.ts';
import { logLine } from './github/log-line.ts';
import { type EventContext, readEvent } from './github/read-event.ts';
import { refuseStrangers } from './github/refuse-strangers.ts';
import { remoteOf } from './github/remote.ts';
import { takeSecrets } from './github/take-secrets.ts';
import { openRevisions, type Revisions } from './open-revisions.ts';
import { prepareDirectory } from './prepare-directory.ts';
import { trustPath } from './trust-path.ts';

const MAX_CONFIG_BYTES = 256 * 1024;

/** @param distDir directory of the built files, which holds the guests' agent and runtimes */
export async function run(distDir: string): Promise<void> {
  const token = takeSecrets(process.env);
  trustPath(process.env);
  if (token !== '') core.setSecret(token);
  try {
    const context = readEvent(process.env);
    const inputs = readInputs(core.getInput, process.env);
    refuseStrangers(context);
    process.exitCode = await gate(context, inputs, token, distDir);
  } catch (error) {
    process.exitCode = await publishFailure(error);
  }
}

async function gate(context: EventContext, inputs: ActionInputs, token: string, distDir: string): Promise<number> {
  const { pullRequest, sha } = context;
  const cacheDir = cacheDirectory(process.env);
  const log = (line: string) => core.info(logLine(line));
  const signal = stopSignal();
  await prepareDirectory('cache directory', cacheDir);
  const revisions = await openRevisions({
    workspace: inputs.workspace,
    base: pullRequest && { kind: 'pull-request', tested: sha, ...pullRequest },
    remote: remoteOf(context, token),
    ...{ cacheDir, log, signal },
  });
  try {
    return await gateRevisions(revisions, context, inputs, token, { distDir, cacheDir, log, signal });
  } finally {
    await revisions.close();
  }
}

interface Surroundings {
  distDir: string;
  cacheDir: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

async function gateRevisions(
  revisions: Revisions,
  context: EventContext,
  inputs: ActionInputs,
  token: string,
  { distDir, cacheDir, log, signal }: Surroundings,
): Promise<number> {
  const { workspace, workingDirectory, config, outDir, baselineDir, timeBudgetMs, comment } = inputs;
  const configPath = join(workingDirectory, config);
  const fromTop = relative(workspace, configPath);
  const reader = await revisions.readerOf(context.pullRequest?.baseSha ?? context.sha);
  const deciding = await readDecidingConfig(reader, context, fromTop, readHead(configPath));
  const warnings = [
    ...deciding.warnings,
    ...(revisions.problem === null ? [] : [{ code: 'base-unknown', message: revisions.problem }]),
  ];
  core.startGroup('Isogate: run and decide');
  const result = await runGate({
    configPath,
    workspace,
    ...(deciding.text === null ? {} : { configText: deciding.text }),
    warnings,
    attempt: context.attempt,
    revisions,
    // Absolute paths of a runner mean nothing where the run is repeated.
    place: {
      configPath: config,
      outDir: relative(workingDirectory, outDir),
      baselineDir: baselineDir === null ? null : relative(workingDirectory, baselineDir) || '.',
    },
    outDir,
    baselineDir,
    seed: null,
    functions: null,
    timeMs: null,
    timeBudgetMs,
    cacheDir,
    guestDir: join(distDir, 'guest'),
    log,
    signal,
  }).finally(core.endGroup);
  const { enforced } = deciding;
  const exitCode = enforced ? result.exitCode : 0;
  await publish({ ...result, exitCode, enforced, context, token, comment, configFile: fromTop });
  return exitCode;
}

/** The checkout's own configuration, to show what it changes; nothing that a symbolic link leads to. */
function readHead(path: string): string | null {
  try {
    const readable = realpathSync(path) === path && statSync(path).isFile() && statSync(path).size <= MAX_CONFIG_BYTES;
    return readable ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
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
