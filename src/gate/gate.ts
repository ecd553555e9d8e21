/** The gate: configuration → host → images → blocks → verdict → report, each step given what the ones before it returned. */

import { join, resolve } from 'node:path';
import { listComparisons } from '../decide/list-comparisons.ts';
import { planLooks } from '../decide/plan-looks.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { trustPath } from '../host/find-program.ts';
import { openSealKey, type SealKey } from '../host/seal-key.ts';
import { pruneCache } from '../image/cache/prune-cache.ts';
import { claimHost } from '../isolation/cleanup/claim-host.ts';
import { listOwnOutputs } from '../lib/own-outputs.ts';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import type { Env } from '../model/env.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import type { GitRemote } from '../model/git.ts';
import type { WorkflowRun } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import { proveHost } from '../probe/prove-host.ts';
import type { Place } from '../report/document.ts';
import { buildBase, joinBase } from './base.ts';
import { type ConfigSource, readGateConfig } from './config.ts';
import { takeDecided } from './decided-earlier.ts';
import { finishRun, type GateResult, writeJson } from './finish.ts';
import { makeHeader, readEarlierAttempt } from './header.ts';
import { buildImages, listOwnDirectories, listRuntimes } from './images.ts';
import { measureFunctions } from './measure.ts';
import { readStored } from './stored.ts';
import { startTimeBudget, type TimeBudget } from './time-budget.ts';
import { createTryBase } from './try-base.ts';

export interface GateRequest {
  source: ConfigSource;
  outDir: string;
  /** Store of baselines: `git`, `git:BRANCH` or a directory; null for none. */
  baseline: string | null;
  /** The store is a directory that the change under test can fill. */
  isInReach?: boolean;
  /** Where a branch of baselines is fetched from; null: the remote of the checkout. */
  remote: GitRemote | null;
  /** The commit under test and its base; opened and closed by the caller. */
  revisions: Revisions | null;
  /** Samples of an earlier attempt that this one carries on, perhaps those in `outDir`; null for a first attempt. */
  continueFrom: string | null;
  /** Number of this attempt; null: the first, or the next after the earlier one. */
  attempt: number | null;
  /** How many earlier attempts, of this workflow run or of others of the commit, are not carried on; null: those before `attempt`. */
  unseenAttempts: number | null;
  /** Null outside of a workflow. */
  workflow: WorkflowRun | null;
  /** Another job decides, which cannot know whether the image of the base is that of the head: it is measured all the same. */
  isDecidedElsewhere: boolean;
  /** Null: that of the earlier attempt, or a random one, which the report names. */
  seed: number | null;
  /** Bounds all that is done before the verdict, without the wait for the lock of the host. */
  timeBudgetMs: number | null;
  /** What the caller warns of, for the report. */
  warnings: Warning[];
  /** What the user gave, for the report. */
  place: Place;
}

/**
 * Where `env.signal` is aborted, measuring stops, and what was measured is decided.
 * @throws BadInputError before anything is measured
 * @throws NotMeasurableError where the machine lacks what every arm needs
 */
export async function runGate(request: GateRequest, env: Env): Promise<GateResult> {
  const budget = startTimeBudget(request.timeBudgetMs, env.signal);
  try {
    return await runWithin(budget, request, { ...env, signal: budget.signal });
  } finally {
    budget.close();
  }
}

async function runWithin(budget: TimeBudget, request: GateRequest, env: Env): Promise<GateResult> {
  const { outDir, revisions, workflow } = request;
  const config = await readGateConfig(request.source);
  if (config.workspace !== null) trustPath(process.env, config.workspace);
  const key = await openKey(env.log);
  const commit = revisions?.head ?? null;
  const earlier = await readEarlierAttempt(request.continueFrom, { config, key, workflow, commit });
  // A configuration that can decide nothing is refused before anything is started or fetched.
  planLooks(config.measure, listComparisons(config).length);
  const stored = await readStored(request, config, env);
  planLooks(config.measure, listComparisons(config, stored.pinned.length > 0).length);
  await prepareDirectory('--out', outDir);
  await prepareDirectory('--cache-dir', env.cacheDir);
  const path = join(outDir, 'samples.jsonl');
  const decided =
    earlier &&
    workflow &&
    key &&
    (await takeDecided({ config, earlier, revisions, workflow, key, path, now: env.now() }));
  if (decided) {
    env.log('everything was decided in an earlier attempt, so nothing is measured');
    return finishRun({ samples: decided, config, stored, warnings: request.warnings, place: request.place, outDir });
  }
  const claim = await budget.exclude(() => claimHost(config.resources.cpus, env.log, env.signal));
  try {
    await pruneCache(env.cacheDir, env.log);
    const proven = await proveHost(async () => claim, { config, reuse: 'kvm-hangs' }, env);
    const leaveOut = [
      ...listOwnDirectories(outDir, request.baseline, request.continueFrom),
      ...listOwnOutputs(),
      resolve(env.cacheDir),
    ];
    const parts = { kernel: proven.kernel, leaveOut };
    const bases = await buildBase(config, revisions, parts, budget, env);
    const built = await buildImages(config, parts, budget, env);
    const control = proven.isolations.get(config.control) ?? null;
    const start = createTryBase(config, control, claim.nextContext);
    const options = { start, isMeasuredAnyway: request.isDecidedElsewhere };
    const base = await joinBase(bases, built, revisions, options, budget, env);
    const fingerprint = proven.fingerprint(listRuntimes(built));
    const header = makeHeader({
      config,
      stored,
      earlier,
      runId: claim.runId,
      proven,
      built,
      base,
      fingerprint,
      isChange: revisions?.base != null,
      commit,
      workflow,
      unseenAttempts: request.unseenAttempts,
      attempt: request.attempt,
      seed: request.seed,
      startedAt: env.now(),
    });
    await writeJson(join(outDir, 'probe.json'), { host: proven.host, isolations: proven.probes, fingerprint });
    const job = { config, built, base, proven, claim, header, earlier, key, path, budget };
    const samples = await measureFunctions(job, env);
    const warnings = [...request.warnings, ...claim.warnings, ...proven.host.warnings];
    return await finishRun({ samples, config, stored, warnings, place: request.place, outDir });
  } finally {
    await claim.release();
  }
}

/** Null without root, where nothing is measured anyway, and where the machine keeps nothing. */
async function openKey(log: (line: string) => void): Promise<SealKey | null> {
  if (process.geteuid?.() !== 0) return null;
  return openSealKey().catch((error: unknown) => {
    if (error instanceof NotMeasurableError) throw error;
    log(`the samples are not sealed, so no further attempt can carry on from them: ${messageOf(error)}`);
    return null;
  });
}
