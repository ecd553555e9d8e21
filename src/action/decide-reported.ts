/** Flow part: what another job measured is decided anew, by the configuration, waivers and baselines of the base. */

import { join } from 'node:path';
import { withBetweenRuns } from '../baseline/baseline-between-runs.ts';
import { historySeries } from '../baseline/history-series.ts';
import { historyWarnings } from '../baseline/history-warnings.ts';
import { selectBaseline } from '../baseline/select-baseline.ts';
import { selectPinned } from '../baseline/select-pinned.ts';
import { parseConfig } from '../config/parse-config.ts';
import { parseYaml } from '../config/parse-yaml.ts';
import { parseWaivers, WAIVERS_FILE } from '../config/waivers.ts';
import { declareLooks } from '../decide/circumstances.ts';
import { decide } from '../decide/decide.ts';
import { exitCodeOf } from '../decide/exit-code.ts';
import type { GateResult } from '../gate/gate-options.ts';
import { readStored, type Stored } from '../gate/read-stored.ts';
import { writeReport } from '../gate/write-report.ts';
import type { Revisions } from '../git/open-revisions.ts';
import type { EventContext } from '../github/read-event.ts';
import { remoteOf } from '../github/remote.ts';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import { replaceFile } from '../lib/replace-file.ts';
import type { Config } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { Samples, SamplesHeader } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import type { RawRun } from '../samples/merge-runs.ts';
import { readSamples } from '../samples/read-samples.ts';
import { formatHeader } from '../samples/samples-writer.ts';
import type { Deciding, HeadFiles } from './deciding.ts';
import type { ActionJob } from './job.ts';

export interface ReportedRun {
  run: RawRun;
  context: EventContext;
  revisions: Revisions;
  deciding: Deciding;
  head: HeadFiles;
  /** Below the repository's top. */
  configFile: string;
  warnings: Warning[];
}

export interface DecidedReport extends GateResult {
  config: Config;
}

/**
 * Nothing of the reported header decides: neither budgets nor looks, baselines or waivers. What the configuration does not
 * name is left out, so that the report's size is the configuration's to say.
 * @throws BadInputError where there is no configuration, or the samples are of another commit or gate
 */
export async function decideReported(job: ActionJob, reported: ReportedRun): Promise<DecidedReport> {
  const { run, context, revisions, deciding, warnings } = reported;
  const { outDir, baseline, config: configPath } = job.inputs;
  const config = await decidingConfig(reported);
  refuseOtherCommit(run.header, context, config);
  await prepareDirectory('out', outDir);
  const { cacheDir, log, signal } = job;
  const remote = remoteOf(context, job.token);
  const source = { baseline, revisions, remote, cacheDir, log, signal };
  const stored = await readStored(source, { ...config, workspace: job.inputs.workspace });
  const pinned = selectPinned(stored.pins, stored.records, stored.ancestors);
  const header = decidingHeader(run.header, config, stored, pinned.records);
  const path = join(outDir, 'samples.jsonl');
  await replaceFile(path, `${[formatHeader(header), ...run.lines].join('\n')}\n`);
  const samples = onlyConfigured(await readSamples(path), config, context.attempt);
  const verdict = decide(samples, config, { replan: true });
  const history = historySeries(stored);
  verdict.warnings.push(
    ...[...deciding.warnings, ...warnings, ...stored.warnings, ...pinned.warnings, ...historyWarnings(history)],
  );
  const place = { configPath, outDir: 'isogate-out', baseline };
  const report = await writeReport(outDir, { verdict, samples, place, history });
  return { verdict, samples, config, exitCode: exitCodeOf(verdict.verdict, config.failOn), ...report, outDir };
}

/** The base's; where it has none yet, or no change is judged, the head's own. */
async function decidingConfig({ deciding, head, configFile }: ReportedRun): Promise<Config> {
  const text = deciding.text ?? (await head(configFile));
  if (text === null) throw new BadInputError(`${configFile}: not there; accepted: the configuration of the gate`);
  const { value, lines } = parseYaml(text, configFile);
  const config = parseConfig(value, { source: configFile, paths: null, lines });
  if (deciding.waivers !== null) return { ...config, waivers: deciding.waivers };
  const own = await head(WAIVERS_FILE);
  return { ...config, waivers: own === null ? [] : parseWaivers(own, WAIVERS_FILE, config.name) };
}

function refuseOtherCommit(header: SamplesHeader, { change, sha }: EventContext, { name }: Config): void {
  const wanted = change?.headSha ?? sha;
  const measured = header.change?.head ?? header.commit ?? 'no commit';
  if (measured !== wanted)
    throw new BadInputError(`the samples are of ${measured}, and ${wanted} is to be judged; accepted: its own`);
  if (header.gate !== name)
    throw new BadInputError(`the samples are of the gate ${header.gate}; accepted: ${name}, as isogate.yml has it`);
}

function decidingHeader(
  header: SamplesHeader,
  config: Config,
  { records, ancestors }: Stored,
  pins: Stored['records'],
): SamplesHeader {
  const history = [records, ancestors] as const;
  const chosen = selectBaseline(records, config.name, header.fingerprint, ancestors);
  const { pinned: _, waivers: __, ...rest } = header;
  const facts = {
    ...rest,
    config: config.document,
    baseline: withBetweenRuns(chosen, ...history),
    ...(pins.length > 0 && { pinned: withBetweenRuns(pins, ...history) }),
    ...(config.waivers.length > 0 && { waivers: config.waivers }),
    // What expires is held against the day of the decision.
    startedAt: new Date().toISOString(),
  };
  return { ...facts, looks: declareLooks(config, facts) };
}

/** No more blocks than as many attempts of this configuration can leave, of its functions and isolations. */
function onlyConfigured(samples: Samples, { functions, isolations, measure }: Config, attempts: number): Samples {
  const names = new Set(functions.map(({ name }) => name));
  const kinds = new Set(isolations.map(({ name }) => name));
  const isCounted = (one: { function: string; block: number }): boolean =>
    names.has(one.function) && one.block < measure.maxBlocks * attempts;
  const { header } = samples;
  const ofNames = <T>(record: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
  return {
    ...samples,
    header: {
      ...header,
      ...(header.probe && { probe: header.probe.filter(({ isolation }) => kinds.has(isolation)) }),
      ...(header.images && { images: ofNames(header.images) }),
      ...(header.change && { change: { ...header.change, functions: ofNames(header.change.functions) } }),
    },
    instances: samples.instances.filter((one) => isCounted(one) && kinds.has(one.isolation)),
    ...(samples.blocks && { blocks: samples.blocks.filter(isCounted) }),
  };
}
