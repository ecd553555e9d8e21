import { groupBy } from '../lib/group-by.ts';
import { shortCommit } from '../lib/text.ts';
import type { Config } from '../model/config.ts';
import type { Samples, SamplesByFunction, SamplesHeader } from '../model/samples.ts';
import type { ComparisonVerdict, EventsUsed, VerdictDocument } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { toFunctions } from '../samples/to-functions.ts';
import { countEvents, warnOfDifference } from './answers.ts';
import { attributeGrowth } from './attribute-growth.ts';
import { judgeOnBase } from './budget-on-base.ts';
import { clockWarnings } from './clock-warnings.ts';
import { controlDriftWarnings, findControlDrifts, holdPassesOfSlowControl } from './control-drift.ts';
import { type DecidedComparison, type DecidedRun, type DecideOptions, decideRun } from './decide-run.ts';
import { decideVerdict } from './examine-comparison.ts';
import { fasterThanControl, findSpeedUps } from './faster-than-control.ts';
import { type BlockWarning, mergeWarnings } from './merge-warnings.ts';
import { type FunctionNoise, isSpreadAssumed, measureNoise, summariseNoise } from './noise.ts';
import { armFacts, unmetRequirements } from './obstacles.ts';
import { dayOfRun, type PlannedComparison } from './plan-comparisons.ts';
import { judgeRun } from './run-verdict.ts';
import { sampleWarnings } from './sample-warnings.ts';
import { holdTooNoisy } from './too-noisy.ts';
import { judgeWaivers } from './waivers.ts';

const unique = (warnings: Warning[]): Warning[] => [
  ...new Map(warnings.map((w) => [`${w.code} ${w.message}`, w])).values(),
];

/** A budget that the base breaks already does not fail a change that did not make it worse, unless it is configured to. */
const excuseInherited = (one: ComparisonVerdict): ComparisonVerdict =>
  one.verdict === 'fail' && one.onBase?.isExcused === true ? { ...one, verdict: 'pass' } : one;

/** The base could not run beside the head, and a stored record took its place. */
const warnOfReplacedBases = (comparisons: ComparisonVerdict[]): Warning[] =>
  comparisons.flatMap(({ function: name, against }) => {
    if (against?.source !== 'stored' || against.reason === undefined) return [];
    const stored = `the stored baseline of ${shortCommit(against.commit, against.recordedAt)}`;
    return [{ code: 'base-replaced', message: `${name}: ${against.reason}; growth is held against ${stored} instead` }];
  });

/** Warns once if the history is too short to tell how much runs differ. */
const warnOfAssumedSpread = (planned: PlannedComparison[]): Warning[] => {
  if (!planned.some((one) => one.obstacle === null && isSpreadAssumed(one))) return [];
  const message =
    'how much two runs of the same code differ here is not known yet (it takes five recorded runs): half a percent is assumed, and limits against stored baselines are widened by that, both ways';
  return [{ code: 'between-runs-assumed', message }];
};

/** What is said of one function, when all comparisons of the run are decided. */
interface JudgedFunction {
  verdicts: ComparisonVerdict[];
  warnings: BlockWarning[];
  noise: FunctionNoise;
  /** Of a control that got slower. */
  drifts: Warning[];
  faster: Warning[];
  events: EventsUsed | null;
}

const judgeFunction = (
  name: string,
  own: DecidedComparison[],
  run: DecidedRun,
  header: SamplesHeader,
  config: Config,
  final: boolean,
): JudgedFunction => {
  const { blocks } = run.blocksOf(name);
  const comparisons = own.map(({ planned, decision }) => {
    const { examined, context } = run.examine(planned);
    const { verdict, warnings } = decideVerdict(examined, decision, context);
    const { familySize } = run;
    const held = final ? holdTooNoisy(verdict, planned.declared, blocks, { header, config, familySize }) : null;
    const judged = { ...(held?.verdict ?? verdict), ...judgeOnBase(planned.declared, blocks, config, familySize) };
    return {
      verdict: { ...judged, ...(final ? attributeGrowth(judged, blocks, header, config) : {}) },
      warnings: held === null ? warnings : [held.warning, ...warnings],
    };
  });
  const decided = comparisons.map(({ verdict }) => verdict);
  const drifts = findControlDrifts(name, blocks, config, header);
  return {
    verdicts: final ? holdPassesOfSlowControl(decided, drifts) : decided,
    warnings: comparisons.flatMap(({ warnings }) => warnings),
    noise: measureNoise(blocks, run.gated),
    drifts: controlDriftWarnings(drifts, decided),
    faster: fasterThanControl(findSpeedUps(name, blocks, run.gated, run.looks.alphaPass)),
    events: countEvents(blocks),
  };
};

/**
 * The verdict of samples under a configuration. A run decides with it at its end, and a replay decides the same from the
 * file alone, because it uses neither a clock nor files.
 * @throws BadInputError where measure.max_blocks is too small to decide anything
 */
export const decide = (
  given: Samples | SamplesByFunction,
  config: Config,
  options: DecideOptions = {},
): VerdictDocument => {
  const samples = toFunctions(given);
  const { header, ignored } = samples;
  const { final = true } = options;
  const run = decideRun(samples, config, options);
  const ofFunction = groupBy(run.comparisons, ({ planned }) => planned.declared.function);
  const judged = config.functions.map(
    ({ name }) => [name, judgeFunction(name, ofFunction.get(name) ?? [], run, header, config, final)] as const,
  );
  const all = judged.map(([, one]) => one);
  const verdicts = all.flatMap((one) => one.verdicts);
  const planned = run.comparisons.map((one) => one.planned);
  const arms = armFacts(run.seen, header.probe ?? []);
  const waivers = judgeWaivers(
    header.waivers ?? [],
    planned.map(({ declared }) => declared),
    dayOfRun(header),
  );
  const unmet = unmetRequirements(config, header.probe ?? [], arms, final ? run.seen : null);
  const events = judged.flatMap(([name, one]) => (one.events === null ? [] : [[name, one.events] as const]));
  return {
    schema: 'isogate.verdict/1',
    verdict: judgeRun([
      ...waivers.problems.map(() => ({ gated: true, verdict: 'fail' as const })),
      ...verdicts.map(excuseInherited),
      ...unmet.map(() => ({ gated: true, verdict: 'not-measured' as const })),
    ]),
    gate: header.gate,
    comparisons: verdicts,
    noise: summariseNoise(judged.map(([name, { noise }]) => [name, noise])),
    warnings: unique([
      ...waivers.problems,
      ...all.flatMap(({ drifts }) => drifts),
      ...all.flatMap(({ faster }) => faster),
      ...warnOfReplacedBases(verdicts),
      ...warnOfAssumedSpread(planned),
      ...waivers.warnings,
      ...(config.warnings ?? []),
      ...run.differences.map(warnOfDifference),
      ...planned.flatMap(({ obstacle }) => (obstacle === null ? [] : [obstacle.warning])),
      ...unmet.map(({ warning }) => warning),
      ...mergeWarnings(all.flatMap(({ warnings }) => warnings)),
      ...clockWarnings(run.facts.clocks),
      ...run.warnings,
      ...sampleWarnings(samples, config, run.facts, ignored.incompleteBlocks + run.incomplete, run.beyond),
    ]),
    ...(events.length > 0 && { events: Object.fromEntries(events) }),
    ...(run.differences.length > 0 && { answers: run.differences }),
  };
};
