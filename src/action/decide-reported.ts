/** Decides anew on what another job measured, by the configuration, the waivers and the stored baselines of the base. */

import { join } from 'node:path';
import { defaultGateName } from '../config/gate-name.ts';
import { parseConfig } from '../config/parse-config.ts';
import { parseYaml } from '../config/parse-yaml.ts';
import { parseWaivers, WAIVERS_FILE } from '../config/waivers.ts';
import { declareLooks } from '../decide/plan-looks.ts';
import { finishRun, type GateResult } from '../gate/finish.ts';
import { MOST_UNSEEN } from '../gate/header.ts';
import { chooseReferences, listMissing, readStored, type Stored } from '../gate/stored.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { makeRemote } from '../github/credentials.ts';
import { describeWorkflow, type EventContext } from '../github/read-event.ts';
import { nameUntrusted } from '../github/untrusted.ts';
import { prepareDirectory } from '../lib/prepare-directory.ts';
import { replaceFile } from '../lib/replace-file.ts';
import type { Config } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { BaseOfFunction, ChangeUnderTest, Samples, SamplesHeader } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import type { RawRun } from '../samples/merge-runs.ts';
import { readSamples } from '../samples/read-samples.ts';
import { formatHeader } from '../samples/samples-writer.ts';
import { listEarlierRuns } from './earlier-runs.ts';
import type { ActionJob } from './job.ts';
import { isOwnBaseline, warnOfOwnBaseline } from './own-baseline.ts';
import { describeReproduction } from './reproduction.ts';
import type { ReadHeadFile, TrustedConfig } from './trusted-config.ts';

export interface ReportedRun {
  run: RawRun;
  context: EventContext;
  revisions: Revisions;
  trusted: TrustedConfig;
  head: ReadHeadFile;
  /** Below the top of the repository. */
  configFile: string;
  warnings: Warning[];
}

/**
 * Nothing in the reported header decides: neither budgets nor looks, baselines or waivers. What the configuration does not
 * name is left out, so that the reporting job cannot make the report larger than the configuration asks for.
 * @throws BadInputError where there is no configuration, or the samples are of another commit or gate
 */
export async function decideReported(job: ActionJob, reported: ReportedRun): Promise<GateResult> {
  const { inputs, token, env } = job;
  const { run, context, revisions, trusted, configFile, warnings } = reported;
  const { outDir, baseline, workspace } = inputs;
  const config = await readDecidingConfig(reported);
  refuseOtherRun(run.header, context, config);
  await prepareDirectory('out', outDir);
  const isInReach = isOwnBaseline(inputs, context);
  const store = { baseline, remote: makeRemote(context, token), revisions, isInReach };
  const stored = await readStored(store, { ...config, workspace }, env);
  const isUntrusted = inputs.approved === null && nameUntrusted(context) !== null;
  const runs = context.change === null ? [] : await listEarlierRuns(job);
  const reportedHeader = withUnseen(isUntrusted ? doubtBase(run.header) : run.header, runs.length);
  const header = replaceHeader(reportedHeader, config, stored, context.change !== null, env.now());
  const path = join(outDir, 'samples.jsonl');
  await replaceFile(path, `${[formatHeader(header), ...run.lines].join('\n')}\n`);
  const samples = keepConfigured(await readSamples(path), config, context.attempt);
  const checkout = describeReproduction(context, inputs, trusted, configFile, process.env);
  const place = { configPath: inputs.config, outDir: 'isogate-out', baseline, gate: inputs.name, checkout };
  const told = [...warnings, ...warnOfOwnBaseline(isInReach), ...warnOfEarlierRuns(runs)];
  return finishRun({ samples, config, stored, warnings: told, place, outDir }, { replan: true });
}

/** The base's; where it has none yet, or no change is judged, that of the head. */
async function readDecidingConfig({ trusted, head, configFile }: ReportedRun): Promise<Config> {
  const text = trusted.decidingText;
  if (text === null) throw new BadInputError(`${configFile}: not there; accepted: the configuration of the gate`);
  const { value, lines } = parseYaml(text, configFile);
  const config = parseConfig(value, { source: configFile, gate: defaultGateName(configFile), paths: null, lines });
  if (trusted.waivers !== null) return { ...config, waivers: trusted.waivers };
  const own = await head(WAIVERS_FILE);
  return { ...config, waivers: own === null ? [] : parseWaivers(own, WAIVERS_FILE, config.name) };
}

function refuseOtherRun(header: SamplesHeader, context: EventContext, { name }: Config): void {
  const { change, sha } = context;
  const wanted = change?.headSha ?? sha;
  const measured = header.change?.head ?? header.commit ?? 'no commit';
  const of = describeWorkflow(context);
  const from = header.workflow;
  if (of !== null && (from?.repository.toLowerCase() !== of.repository.toLowerCase() || from.run !== of.run))
    throw new BadInputError(
      `the samples are of ${from ? `run ${from.run} of ${from.repository}` : 'no workflow run'}; accepted: samples of run ${of.run} of ${of.repository}`,
    );
  if (measured !== wanted)
    throw new BadInputError(
      `the samples are of ${measured}, and ${wanted} is judged; accepted: samples of that commit`,
    );
  if (header.gate !== name)
    throw new BadInputError(`the samples are of the gate ${header.gate}; accepted: ${name}, as isogate.yml has it`);
}

const mapBases = (change: ChangeUnderTest, to: (base: BaseOfFunction) => BaseOfFunction): ChangeUnderTest => ({
  ...change,
  functions: Object.fromEntries(Object.entries(change.functions).map(([name, base]) => [name, to(base)])),
});

/** That the base does not work by itself is believed only of a job that nobody could tamper with. */
function doubtBase(header: SamplesHeader): SamplesHeader {
  const { change } = header;
  if (change === undefined) return header;
  const doubt = (base: BaseOfFunction): BaseOfFunction => {
    if ('digest' in base) return base;
    const { own: _, ...doubted } = base;
    return doubted;
  };
  return { ...header, change: mapBases(change, doubt) };
}

/** The job that measured knows nothing of earlier runs of the commit, or says so. */
const withUnseen = (header: SamplesHeader, unseen: number): SamplesHeader => {
  const unseenAttempts = Math.max(header.unseenAttempts ?? 0, Math.min(unseen, MOST_UNSEEN));
  return { ...header, ...(unseenAttempts > 0 && { unseenAttempts }) };
};

function warnOfEarlierRuns(runs: number[]): Warning[] {
  if (runs.length === 0) return [];
  const message = `this is a further run of a commit that has been decided on by the same rules (run ${runs.join(', ')}), and it cannot carry on from those samples, because another job measures than decides. Each run leaves a fiftieth of the alpha for passes to the next, so this one passes only what is clearly within its limits`;
  return [{ code: 'attempt-alone', message }];
}

function replaceHeader(
  reported: SamplesHeader,
  config: Config,
  stored: Stored,
  isChange: boolean,
  now: Date,
): SamplesHeader {
  const { baseline, pinned } = chooseReferences(stored, config.name, reported.fingerprint);
  const { pinned: _, waivers: __, missing: ___, sealedBy: ____, ...rest } = reported;
  const missing = {
    ...listMissing(stored, baseline, reported.fingerprint, isChange),
    ...(isChange && reported.change === undefined && { base: 'the samples name no base' }),
  };
  const facts = {
    ...rest,
    ...(reported.change && { change: disbelieveSameImages(reported.change) }),
    measured: { parts: [], hadBaseline: reported.baseline.length > 0, ...reported.measured },
    config: config.document,
    baseline,
    ...(Object.keys(missing).length > 0 && { missing }),
    ...(pinned.length > 0 && { pinned }),
    ...(config.waivers.length > 0 && { waivers: config.waivers }),
    // Waivers expire by the day of the decision.
    startedAt: now.toISOString(),
  };
  return { ...facts, looks: declareLooks(config, facts) };
}

/** Whether two images are the same only who builds them knows: taken from an artifact, it would pass what was not measured. */
const disbelieveSameImages = (change: ChangeUnderTest): ChangeUnderTest =>
  mapBases(change, (base) =>
    base.state === 'same-image'
      ? { state: 'not-built', reason: 'the job that measured says that its image is the head’s, which is not believed' }
      : base,
  );

/** Only functions and isolations of this configuration, and no more blocks than so many of its attempts can leave. */
function keepConfigured(samples: Samples, { functions, isolations, measure }: Config, attempts: number): Samples {
  const names = new Set(functions.map(({ name }) => name));
  const kinds = new Set(isolations.map(({ name }) => name));
  const isKept = (one: { function: string; block: number }): boolean =>
    names.has(one.function) && one.block < measure.maxBlocks * attempts;
  const { header } = samples;
  const keepNamed = <T>(record: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
  return {
    ...samples,
    header: {
      ...header,
      ...(header.probe && { probe: header.probe.filter(({ isolation }) => kinds.has(isolation)) }),
      ...(header.images && { images: keepNamed(header.images) }),
      ...(header.change && { change: { ...header.change, functions: keepNamed(header.change.functions) } }),
    },
    instances: samples.instances.filter((one) => isKept(one) && kinds.has(one.isolation)),
    ...(samples.blocks && { blocks: samples.blocks.filter(isKept) }),
  };
}
