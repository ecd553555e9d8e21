/** Flow: config → probe → image → measure → stats → baseline → verdict → report. One direction only. */

import { join } from 'node:path';
import { historySeries } from '../baseline/history-series.ts';
import { historyWarnings } from '../baseline/history-warnings.ts';
import { selectPinned } from '../baseline/select-pinned.ts';
import { decide } from '../decide/decide.ts';
import { exitCodeOf } from '../decide/exit-code.ts';
import { listComparisons } from '../decide/list-comparisons.ts';
import { planLooks } from '../decide/plan-looks.ts';
import { pruneCache } from '../image/cache/prune-cache.ts';
import { claimHost } from '../isolation/cleanup/claim-host.ts';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import { proveHost } from '../probe/prove-host.ts';
import { readEarlier } from '../samples/read-samples.ts';
import { refuseOtherRun } from '../samples/refuse-other-run.ts';
import { openSamples } from '../samples/samples-writer.ts';
import { buildBase } from './base.ts';
import { gateConfig } from './config.ts';
import type { GateOptions, GateResult } from './gate-options.ts';
import { makeHeader } from './header.ts';
import { buildImages, runtimeVersions } from './images.ts';
import { measureFunctions } from './measure.ts';
import { ownPlaces } from './own-places.ts';
import { readStored } from './read-stored.ts';
import { writeJson, writeReport } from './write-report.ts';

/**
 * @throws BadInputError before anything is measured
 * @throws NotMeasurableError where the machine lacks what every arm needs
 */
export async function runGate(options: GateOptions): Promise<GateResult> {
  const { log, signal, outDir, revisions = null } = options;
  const config = await gateConfig(options);
  // Read at once and whole: it may stand where this run's samples go.
  const earlier = options.continueFrom ? await readEarlier(options.continueFrom) : null;
  if (earlier)
    refuseOtherRun(options.continueFrom, earlier.samples.header, { gate: config.name, config: config.document });
  // A config that can decide nothing is refused before anything is started, or asked of anybody.
  planLooks(config.measure, listComparisons(config).length);
  const stored = await readStored(options, config);
  const pinned = selectPinned(stored.pins, stored.records, stored.ancestors);
  planLooks(config.measure, listComparisons(config, pinned.records.length > 0).length);
  await prepareDirectory('--out', outDir);
  await prepareDirectory('--cache-dir', options.cacheDir);
  const claim = await claimHost(config.resources.cpus, log, signal);
  const deadlineMs = options.timeBudgetMs === null ? null : performance.now() + options.timeBudgetMs;
  try {
    await pruneCache(options.cacheDir, log);
    const proven = await proveHost(async () => claim, { ...options, config, reuse: 'kvm-hangs' });
    const building = { ...options, leaveOut: ownPlaces(options) };
    const built = await buildImages(config, proven.kernel, building);
    const base = await buildBase(config, built, revisions, proven.kernel, {
      ...building,
      workspace: config.workspace ?? '/',
    });
    const fingerprint = await proven.fingerprint(runtimeVersions(built));
    const header = makeHeader(options, {
      config,
      stored,
      pinned: pinned.records,
      earlier,
      claim,
      proven,
      built,
      base,
      fingerprint,
    });
    await writeJson(join(outDir, 'probe.json'), { host: proven.host, isolations: proven.probes, fingerprint });
    const writer = await openSamples(join(outDir, 'samples.jsonl'), header, earlier);
    const measuring = { config, built, base, proven, claim, writer, deadlineMs, log, signal };
    const samples = await measureFunctions(measuring).finally(writer.close);
    const verdict = decide(samples, config);
    const history = historySeries(stored);
    verdict.warnings.push(
      ...(options.warnings ?? []),
      ...claim.warnings,
      ...proven.host.warnings,
      ...stored.warnings,
      ...pinned.warnings,
      ...historyWarnings(history),
    );
    const report = await writeReport(outDir, { verdict, samples, place: options.place ?? options, history });
    return { verdict, samples, exitCode: exitCodeOf(verdict.verdict, config.failOn), ...report, outDir };
  } finally {
    await claim.release();
  }
}
