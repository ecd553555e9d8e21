/** Flow: `mode: gate`. Measures and decides, then publishes, and only then fails. */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as core from '@actions/core';
import type { ActionJob } from './action.ts';
import { publish } from './action-publish.ts';
import { runGate } from './gate.ts';
import { readDecidingConfig } from './github/base-config.ts';
import { refuseStrangers } from './github/refuse-strangers.ts';
import { remoteOf } from './github/remote.ts';
import { openRevisions, type Revisions } from './open-revisions.ts';
import { isBranchStore } from './open-store.ts';

const MAX_CONFIG_BYTES = 256 * 1024;

export async function actionGate(job: ActionJob): Promise<number> {
  const { context, inputs, token, cacheDir, log, signal } = job;
  refuseStrangers(context);
  const { pullRequest, sha } = context;
  const revisions = await openRevisions({
    workspace: inputs.workspace,
    base: pullRequest && { kind: 'pull-request', tested: sha, ...pullRequest },
    remote: remoteOf(context, token),
    ...{ cacheDir, log, signal },
  });
  try {
    return await gateRevisions(revisions, job);
  } finally {
    await revisions.close();
  }
}

async function gateRevisions(revisions: Revisions, job: ActionJob): Promise<number> {
  const { context, inputs, token, distDir, cacheDir, log, signal } = job;
  const { workspace, workingDirectory, config, outDir, baseline, timeBudgetMs, comment } = inputs;
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
    remote: remoteOf(context, token),
    // Absolute paths of a runner mean nothing where the run is repeated.
    place: {
      configPath: config,
      outDir: relative(workingDirectory, outDir),
      baseline: baseline === null || isBranchStore(baseline) ? baseline : relative(workingDirectory, baseline) || '.',
    },
    outDir,
    baseline,
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
