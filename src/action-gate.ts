/** Flow: `mode: gate`. Measures and decides, then publishes, and only then fails. */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as core from '@actions/core';
import type { ActionJob } from './action.ts';
import { publish } from './action-publish.ts';
import { loadConfig } from './config/load-config.ts';
import { parseWaivers, WAIVERS_FILE } from './config/parse-waivers.ts';
import { isInside } from './config/workspace.ts';
import { messageOf } from './errors.ts';
import { runGate } from './gate.ts';
import { gateConfig } from './gate-config.ts';
import { readDecidingConfig } from './github/base-config.ts';
import { type DecidingWaivers, decidingWaivers } from './github/base-waivers.ts';
import { readBlob } from './github/read-blob.ts';
import { refuseStrangers } from './github/refuse-strangers.ts';
import { remoteOf } from './github/remote.ts';
import { openRevisions, type Revisions } from './open-revisions.ts';
import { isBranchStore } from './open-store.ts';
import type { GitReader, Warning } from './types.ts';

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
  const source = { configPath, workspace, ...(deciding.text === null ? {} : { configText: deciding.text }) };
  const decided = deciding.text === null ? null : await waiversOf(reader, deciding.base ?? '', source);
  const asked = await eventsOf(revisions, source);
  const warnings = [
    ...deciding.warnings,
    ...asked.warnings,
    ...(decided?.warnings ?? []),
    ...ownBaseline(job),
    ...(revisions.problem === null ? [] : [{ code: 'base-unknown', message: revisions.problem }]),
  ];
  core.startGroup('Isogate: run and decide');
  const result = await runGate({
    ...source,
    ...(decided && { waivers: decided.waivers }),
    ...(asked.events && { events: asked.events }),
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

/** A directory in the checkout holds what the pull request likes. */
function ownBaseline({ context, inputs: { baseline, workspace } }: ActionJob): Warning[] {
  if (context.pullRequest === null || baseline === null || isBranchStore(baseline) || !isInside(workspace, baseline))
    return [];
  const message =
    'the stored baseline is a directory in the checkout, which a pull request can fill: keep it on a branch (baseline: git), or outside of the workspace';
  return [{ code: 'baseline-in-checkout', message }];
}

/** The base's events: a pull request could otherwise have its function asked something easier, or have the base's fail. */
async function eventsOf(
  { base, baseTree }: Revisions,
  { configPath, workspace, configText }: { configPath: string; workspace: string; configText?: string },
): Promise<{ events: Record<string, string[]> | null; warnings: Warning[] }> {
  if (base === null || configText === undefined) return { events: null, warnings: [] };
  try {
    const tree = await baseTree();
    const there = join(tree, relative(workspace, configPath));
    const { functions } = await loadConfig(there, { text: configText, workspace: tree, waivers: [] });
    return { events: Object.fromEntries(functions.map(({ name, events }) => [name, events])), warnings: [] };
  } catch (error) {
    const message = `the base’s events could not be read, so the pull request’s own were used: ${messageOf(error)}`;
    return { events: null, warnings: [{ code: 'events-of-head', message }] };
  }
}

/** The base's waivers, and what the change does to them. */
async function waiversOf(
  reader: GitReader,
  base: string,
  source: { configPath: string; workspace: string; configText?: string },
): Promise<DecidingWaivers> {
  const { name } = await gateConfig({ ...source, waivers: [], functions: null, timeMs: null });
  const text = await readBlob(reader, base, WAIVERS_FILE);
  const head = readHead(join(source.workspace, WAIVERS_FILE));
  return decidingWaivers(text, head, (yaml) => parseWaivers(yaml, WAIVERS_FILE, name));
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
