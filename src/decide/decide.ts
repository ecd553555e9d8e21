import { shortCommit } from '../lib/text.ts';
import type { Config } from '../model/config.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { countEvents, warnOfDifference } from './answers.ts';
import { attributeGrowth } from './attribute-growth.ts';
import { judgeOnBase } from './budget-on-base.ts';
import { controlDriftWarnings, findControlDrifts, holdPassesOfSlowControl } from './control-drift.ts';
import { type DecideOptions, decideRun } from './decide-run.ts';
import { decideVerdict } from './examine-comparison.ts';
import { fasterThanControl, findSpeedUps } from './faster-than-control.ts';
import { isSpreadAssumed, summariseNoise } from './noise.ts';
import { armFacts, unmetRequirements } from './obstacles.ts';
import { dayOfRun, type PlannedComparison } from './plan-comparisons.ts';
import { judgeRun } from './run-verdict.ts';
import { sampleWarnings } from './sample-warnings.ts';
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

/**
 * The verdict of samples under a configuration. A run decides with it at its end, and a replay decides the same from the
 * file alone, because it uses neither a clock nor files.
 * @throws BadInputError where measure.max_blocks is too small to decide anything
 */
export const decide = (samples: Samples, config: Config, options: DecideOptions = {}): VerdictDocument => {
  const { header, ignored } = samples;
  const { final = true } = options;
  const run = decideRun(samples, config, options);
  const blocksOf = (name: string) => run.functions.get(name)?.blocks ?? [];
  const comparisons = run.comparisons.map(({ examined, decision, context }) => {
    const { verdict, warnings } = decideVerdict(examined, decision, context);
    const { declared } = examined.planned;
    return {
      verdict: { ...verdict, ...judgeOnBase(declared, blocksOf(declared.function), config, run.familySize) },
      warnings,
    };
  });
  const decided: ComparisonVerdict[] = comparisons.map(({ verdict }) => ({
    ...verdict,
    ...(final ? attributeGrowth(verdict, blocksOf(verdict.function), header, config) : {}),
  }));
  const drifts = config.functions.flatMap((fn) => findControlDrifts(fn.name, blocksOf(fn.name), config, header));
  const verdicts = final ? holdPassesOfSlowControl(decided, drifts) : decided;
  const arms = armFacts(run.instances, header.probe ?? []);
  const waivers = judgeWaivers(
    header.waivers ?? [],
    run.comparisons.map(({ planned }) => planned.declared),
    dayOfRun(header),
  );
  const unmet = unmetRequirements(config, header.probe ?? [], arms, final ? run.instances : null);
  const events = countEvents(
    config.functions.map(({ name }) => name),
    blocksOf,
  );
  return {
    schema: 'isogate.verdict/1',
    verdict: judgeRun([
      ...waivers.problems.map(() => ({ gated: true, verdict: 'fail' as const })),
      ...verdicts.map(excuseInherited),
      ...unmet.map(() => ({ gated: true, verdict: 'not-measured' as const })),
    ]),
    gate: header.gate,
    comparisons: verdicts,
    noise: summariseNoise(new Map(config.functions.map((fn) => [fn.name, blocksOf(fn.name)])), run.gated),
    warnings: unique([
      ...waivers.problems,
      ...controlDriftWarnings(drifts, decided),
      ...fasterThanControl(findSpeedUps(blocksOf, run.gated, run.looks.alphaPass)),
      ...warnOfReplacedBases(verdicts),
      ...warnOfAssumedSpread(run.comparisons.map(({ planned }) => planned)),
      ...waivers.warnings,
      ...(config.warnings ?? []),
      ...run.differences.map(warnOfDifference),
      ...run.comparisons.flatMap(({ planned: { obstacle } }) => (obstacle === null ? [] : [obstacle.warning])),
      ...unmet.map(({ warning }) => warning),
      ...comparisons.flatMap(({ warnings }) => warnings),
      ...run.warnings,
      ...sampleWarnings(samples, config, ignored.incompleteBlocks + run.incomplete, run.beyond),
    ]),
    ...(Object.keys(events).length > 0 && { events }),
    ...(run.differences.length > 0 && { answers: run.differences }),
  };
};
