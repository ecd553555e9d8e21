/** Flow: `mode: gate` and `mode: measure`. Measures and decides, then publishes, and only then fails. */

import { join, relative } from 'node:path';
import * as core from '@actions/core';
import { isBranchStore } from '../baseline/open-store.ts';
import { loadConfig, readGateName } from '../config/load-config.ts';
import { isInside } from '../config/workspace.ts';
import { runGate } from '../gate/gate.ts';
import type { GateResult } from '../gate/gate-options.ts';
import type { Revisions } from '../git/open-revisions.ts';
import type { EventContext } from '../github/read-event.ts';
import { refuseStrangers } from '../github/refuse-strangers.ts';
import { remoteOf } from '../github/remote.ts';
import { messageOf } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';
import { OtherRunError } from '../samples/refuse-other-run.ts';
import { parseSamplesConfig } from '../samples/samples-config.ts';
import { approvedContext } from './approved-context.ts';
import { checkoutFiles, type Deciding, readDeciding, sourcePlaces } from './deciding.ts';
import { attemptAlone, type EarlierAttempt, earlierAttempt } from './earlier-attempt.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { ActionJob } from './job.ts';
import { publish } from './publish-verdict.ts';
import { baseWarnings, configFileOf, openActionRevisions } from './revisions.ts';

export async function actionGate(job: ActionJob): Promise<number> {
  const { inputs, check } = job;
  const context = await approvedContext(job);
  const head = checkoutFiles(inputs.workspace);
  const configFile = configFileOf(inputs);
  check.aim(context, inputs.name ?? readGateName(await head(configFile)));
  if (inputs.approved === null && inputs.forks === 'refuse') refuseStrangers(context);
  const { change, sha } = context;
  const revisions = await openActionRevisions(job, context);
  try {
    const base = await revisions.readerOf(change?.baseSha ?? sha);
    const deciding = await readDeciding(base, head, context, configFile);
    await check.start(inputs.name ?? deciding.gate);
    const result = await measure(job, context, revisions, deciding);
    const { runUrl } = context;
    return await publish(job, {
      ...result,
      ...{ context, deciding, artifactUrl: runUrl && `${runUrl}#artifacts`, stranger: null },
      places: await sourcePlaces(head, configFile, parseSamplesConfig(result.samples, 'samples')),
    });
  } finally {
    await revisions.close();
  }
}

async function measure(
  job: ActionJob,
  context: EventContext,
  revisions: Revisions,
  deciding: Deciding,
): Promise<GateResult> {
  const { inputs, token, distDir, cacheDir, signal } = job;
  const { workspace, workingDirectory, config, outDir, baseline, timeBudgetMs, functions } = inputs;
  const configPath = join(workingDirectory, config);
  const source = { configPath, workspace, ...(deciding.text === null ? {} : { configText: deciding.text }) };
  const asked = await eventsOf(revisions, source);
  const earlier = await earlierAttempt(job, context);
  const { log, stop } = startHeartbeat(job.log);
  core.startGroup('Isogate: run and decide');
  const attempt = ({ path, warnings }: Pick<EarlierAttempt, 'path' | 'warnings'>): Promise<GateResult> =>
    runGate({
      ...source,
      ...(deciding.waivers && { waivers: deciding.waivers }),
      ...(asked.events && { events: asked.events }),
      warnings: [
        ...deciding.warnings,
        ...asked.warnings,
        ...warnings,
        ...ownBaseline(inputs, context),
        ...baseWarnings(revisions),
      ],
      attempt: context.attempt,
      continueFrom: path,
      revisions,
      remote: remoteOf(context, token),
      // Absolute paths of a runner mean nothing where the run is repeated.
      place: {
        configPath: config,
        outDir: relative(workingDirectory, outDir),
        baseline: baseline === null || isBranchStore(baseline) ? baseline : relative(workingDirectory, baseline) || '.',
        functions,
      },
      seed: null,
      timeMs: null,
      guestDir: join(distDir, 'guest'),
      ...{ outDir, baseline, functions, timeBudgetMs, cacheDir, log, signal },
    });
  try {
    return await attempt(earlier).catch((error: unknown) => {
      if (!(error instanceof OtherRunError)) throw error;
      // The option's name and a place in the cache say nothing to who reads the comment.
      return attempt(attemptAlone(job, context, error.message.replace(/^--continue \S+: /, '')));
    });
  } finally {
    core.endGroup();
    stop();
    await earlier.remove();
  }
}

/** A directory in the checkout holds what the pull request likes. */
function ownBaseline({ baseline, workspace }: ActionJob['inputs'], { change }: EventContext): Warning[] {
  if (change === null || baseline === null || isBranchStore(baseline) || !isInside(workspace, baseline)) return [];
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
