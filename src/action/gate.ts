/** `mode: gate` and `mode: measure`: measures and decides, then publishes, and only then fails. */

import { join, relative } from 'node:path';
import * as core from '@actions/core';
import { isBranchStore } from '../baseline/open-store.ts';
import { readGateName } from '../config/gate-name.ts';
import type { GateResult } from '../gate/finish.ts';
import { type GateRequest, runGate } from '../gate/gate.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { makeRemote } from '../github/credentials.ts';
import { describeWorkflow, type EventContext } from '../github/read-event.ts';
import { refuseUntrusted } from '../github/untrusted.ts';
import { startPlainView } from '../progress/plain-view.ts';
import { OtherRunError } from '../samples/refuse-other-run.ts';
import { readBaseEvents } from './base-events.ts';
import { locateConfig, openActionRevisions, resolveContext, warnOfUnknownBase } from './change-under-test.ts';
import { inCheckout } from './find-checkout.ts';
import type { ActionJob } from './job.ts';
import { isOwnBaseline, warnOfOwnBaseline } from './own-baseline.ts';
import { publish } from './publish-verdict.ts';
import { describeReproduction } from './reproduction.ts';
import { chooseRunnerEnv } from './runner-env.ts';
import { findSourcePlaces, readFromCheckout, readTrustedConfig, type TrustedConfig } from './trusted-config.ts';
import { fetchEarlierSamples } from './uploaded-samples.ts';

export async function actionGate(started: ActionJob): Promise<number> {
  const job = await inCheckout(started);
  const { inputs, check } = job;
  const context = await resolveContext(job);
  const head = readFromCheckout(inputs.workspace);
  const configFile = locateConfig(inputs);
  check.aim(context, inputs.name ?? readGateName(await head(configFile), configFile), configFile);
  if (inputs.approved === null && inputs.forks === 'refuse') refuseUntrusted(context);
  const revisions = await openActionRevisions(job, context);
  try {
    const base = await revisions.readerOf(context.change?.baseSha ?? context.sha);
    const trusted = await readTrustedConfig(base, head, context, configFile, revisions.branchTip);
    await check.start(inputs.name ?? trusted.gate, { configFile, text: trusted.decidingText });
    const result = await measure(job, context, revisions, trusted);
    return await publish(job, {
      ...result,
      context,
      enforced: trusted.enforced,
      artifactUrl: context.runUrl && `${context.runUrl}#artifacts`,
      untrusted: null,
      places: await findSourcePlaces(head, configFile, result.config),
    });
  } finally {
    await revisions.close();
  }
}

async function measure(
  job: ActionJob,
  context: EventContext,
  revisions: Revisions,
  trusted: TrustedConfig,
): Promise<GateResult> {
  const { inputs, token, env } = job;
  const { workspace, workingDirectory, config, outDir, baseline, timeBudgetMs, functions } = inputs;
  const configPath = join(workingDirectory, config);
  const base = await readBaseEvents(revisions, configPath, workspace, trusted.text);
  const earlier = await fetchEarlierSamples(job, context);
  const isOwn = isOwnBaseline(inputs, context);
  // As GitHub sets it where somebody asks for debug logging.
  const { log, progress, stop } = startPlainView(env.log, { verbose: process.env['RUNNER_DEBUG'] === '1' });
  core.startGroup('Isogate: run and decide');
  const request: GateRequest = {
    source: {
      configPath,
      workspace,
      ...(trusted.text !== null && { configText: trusted.text }),
      ...(trusted.waivers !== null && { waivers: trusted.waivers }),
      ...(base !== null && { events: base.events, problems: base.problems }),
      functions,
      timeMs: null,
      runner: chooseRunnerEnv(context, trusted, process.env),
    },
    outDir,
    baseline,
    isInReach: isOwn,
    remote: makeRemote(context, token),
    revisions,
    continueFrom: earlier.path,
    attempt: context.attempt,
    unseenAttempts: earlier.unseenAttempts,
    workflow: describeWorkflow(context),
    isDecidedElsewhere: inputs.mode === 'measure',
    seed: null,
    timeBudgetMs,
    warnings: [...trusted.warnings, ...earlier.warnings, ...warnOfOwnBaseline(isOwn), ...warnOfUnknownBase(revisions)],
    // The absolute paths of a runner are of no use where the run is repeated.
    place: {
      configPath: config,
      outDir: relative(workingDirectory, outDir),
      baseline: baseline === null || isBranchStore(baseline) ? baseline : relative(workingDirectory, baseline) || '.',
      functions,
      gate: inputs.name,
      checkout: describeReproduction(context, inputs, trusted, locateConfig(inputs), process.env),
    },
  };
  try {
    return await runGate(request, { ...env, log, progress }).catch((error: unknown) => {
      if (!(error instanceof OtherRunError)) throw error;
      const anew = earlier.anew(error.why);
      const warnings = [...request.warnings, ...anew.warnings];
      const { unseenAttempts } = anew;
      return runGate({ ...request, continueFrom: null, unseenAttempts, warnings }, { ...env, log, progress });
    });
  } finally {
    core.endGroup();
    stop();
    await earlier.remove();
  }
}
