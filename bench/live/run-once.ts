/** One run of one case by the product's own flow: claim, proof, images, blocks, verdict. */

import { loadavg } from 'node:os';
import { join } from 'node:path';
import { decide } from '../../src/decide/decide.ts';
import { readGateConfig } from '../../src/gate/config.ts';
import { type BuiltFunction, buildImages } from '../../src/gate/images.ts';
import { startTimeBudget } from '../../src/gate/time-budget.ts';
import { claimHost, type HostClaim } from '../../src/isolation/cleanup/claim-host.ts';
import type { Config } from '../../src/model/config.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';
import type { Metric } from '../../src/model/metrics.ts';
import type { Samples } from '../../src/model/samples.ts';
import { type ProvenHost, proveHost } from '../../src/probe/prove-host.ts';
import { costsOf } from './costs-of.ts';
import { decideAtZero } from './decide-at-zero.ts';
import { type ControlBed, realisedExtraMs, realisedRatio, resolveInjection } from './injected.ts';
import { CONTROL, liveDocument } from './live-document.ts';
import { type LiveJob, measureCase, slowTreatments } from './measure-case.ts';
import type { LiveRun } from './run-record.ts';
import type { Slowdown } from './slow-isolation.ts';

/** @throws NotMeasurableError where the case's isolation does not work here; the signal's reason when it was aborted */
export async function runOnce(job: LiveJob): Promise<LiveRun> {
  const { one, workspace, log, signal } = job;
  workspace.writeConfig(liveDocument(one, job.time));
  const { configPath, directory, cacheDir } = workspace;
  const config = await readGateConfig({
    configPath,
    workspace: directory,
    functions: null,
    timeMs: null,
    runner: { withheld: 'a benchmark has none' },
  });
  const claim = await claimHost(config.resources.cpus, log, signal);
  log(`run ${claim.runId}`);
  try {
    const env = { log, signal, cacheDir, guestDir: join(job.root, 'dist/guest'), now: () => new Date() };
    const proven = await proveHost(async () => claim, { config, reuse: 'kvm-hangs' }, env);
    const unusable = proven.probes.find(({ usable }) => !usable);
    if (unusable) throw new NotMeasurableError(`${one.type} does not work here: ${unusable.reason}`);
    const parts = { kernel: proven.kernel, leaveOut: [] };
    const built = await buildImages(config, parts, startTimeBudget(null, signal), env);
    const bed = controlBed(job, config, proven, built, claim);
    const slowdown = await resolveInjection(one.injection, bed);
    const realised = await realise(slowdown, bed);
    const loadBefore = loadavg()[0] ?? 0;
    const startedMs = performance.now();
    const samples = await measureCase(job, { config, built, claim, proven: slowTreatments(one, proven, slowdown) });
    const seconds = (performance.now() - startedMs) / 1000;
    signal.throwIfAborted();
    return recordOf(job, config, samples, { slowdown, realised, loadBefore, seconds });
  } finally {
    await claim.release();
  }
}

function controlBed(
  { one, workspace, signal }: LiveJob,
  { resources, measure: { timeoutMs } }: Config,
  proven: ProvenHost,
  built: BuiltFunction[],
  { nextContext }: HostClaim,
): ControlBed {
  const failed = built.find(({ failure }) => failure !== null);
  const image = built[0]?.image;
  const isolation = proven.isolations.get(CONTROL);
  const event = one.functions[0] && workspace.events[one.functions[0]];
  if (!image || !isolation || !event)
    throw new Error(`${one.name}: ${failed?.failure?.message ?? 'nothing to measure'}`);
  return { isolation, image, resources, event, timeoutMs, nextContext, signal };
}

const realise = async (slowdown: Slowdown, bed: ControlBed): Promise<LiveRun['realised']> => ({
  latency: slowdown.workFactor === 1 ? null : await realisedRatio(slowdown, bed),
  extraMs: slowdown.coldExtraMs === 0 ? null : await realisedExtraMs(slowdown, bed),
});

function recordOf(
  { one, run, time }: LiveJob,
  config: Config,
  samples: Samples,
  how: { slowdown: Slowdown; realised: LiveRun['realised']; loadBefore: number; seconds: number },
): LiveRun {
  const { verdict, comparisons } = decide(samples, config);
  const atZero = decideAtZero(samples, config);
  const { realised, slowdown, loadBefore, seconds } = how;
  return {
    ...{ schema: 'isogate.bench-live/1', case: one.name, time, measure: JSON.stringify(one.measure), run },
    ...{ seed: samples.header.seed, measuredAt: new Date().toISOString(), verdict },
    ...{ ended: samples.end?.reason ?? 'failed', seconds, loadBefore, ...slowdown },
    realised,
    comparisons: comparisons.map((comparison, index) => {
      const { function: name, isolation, scale, limit, estimate, lower, upper, blocks } = comparison;
      const metric = comparison.metric as Metric;
      return {
        ...{ function: name, isolation, metric, verdict: comparison.verdict },
        ...{ atZero: atZero[index] ?? 'not-measured', scale, limit, estimate, lower, upper, blocks },
        ...costsOf(samples.instances, { function: name, isolation, metric }),
      };
    }),
  };
}
