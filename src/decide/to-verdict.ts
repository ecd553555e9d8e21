import { formatAmount, formatDuration, formatMaxTime, formatPercent, METRIC_NAMES } from '../lib/format.ts';
import type { AttemptPlan, DeclaredComparison, Looks } from '../model/samples.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { ArmFailures } from './comparison-inputs.ts';
import { explain, type LookResult } from './explain.ts';
import { fromScale, limitValue, unitOf } from './limit-scale.ts';
import { explainFailures } from './losses.ts';
import type { PlannedComparison } from './plan-comparisons.ts';

/** What the looks came to, and what the one that decided, or the last, saw; null where there was none. */
export interface Decided {
  outcome: 'fail' | 'pass' | 'open';
  result: LookResult | null;
}

/** All usable blocks of a comparison, whatever its looks saw. */
export interface WholeRun {
  blocks: number;
  /** On the scale on which is decided. */
  estimate: number | null;
  failures: ArmFailures[];
  /** How long the fewest blocks of a decision take where that is too long; null where it is not. */
  unfitMs: number | null;
  /** After how long its first instance was stopped, as no decision would have fit; null where it was not. */
  stoppedMs: number | null;
  /** The time budget of the run ended before everything in the function was decided. */
  cutOff: AttemptPlan['cutOff'] | null;
}

type Judgement = Pick<ComparisonVerdict, 'verdict' | 'reason'>;

/** Excess over the limit that the lower bound's distance from the estimate, at this look's level, could have shown. */
const smallestProvable = ({ limit }: DeclaredComparison, result: LookResult): number | null => {
  if (result.estimate === null || result.lower === null) return null;
  const halfWidth = result.estimate - result.lower + result.widening;
  return limit.scale === 'ratio' ? Math.expm1(halfWidth) : halfWidth;
};

const explainExcess = ({ limit }: DeclaredComparison, excess: number | null): string => {
  if (excess === null) return '';
  const text = limit.scale === 'ratio' ? formatPercent(excess) : formatAmount(excess, limit.unit);
  return `; an excess of ${text} over the limit could have been proven`;
};

/** Why a run that is over came to no look. */
const explainNoLook = ({ metric }: DeclaredComparison, whole: WholeRun): string => {
  const { blocks, failures, unfitMs, stoppedMs, cutOff } = whole;
  const failed = explainFailures(failures);
  if (failed !== null) return failed;
  if (cutOff) return explainCutOff(cutOff);
  if (unfitMs !== null && stoppedMs !== null)
    return `its first instance was stopped after ${formatDuration(stoppedMs)}, a quarter of what measure.max_time left, because a decision takes four at the least; set ${formatMaxTime(unfitMs)} or more`;
  if (unfitMs !== null)
    return `a decision would take about ${formatDuration(unfitMs)}, more than measure.max_time allows; set ${formatMaxTime(unfitMs)}`;
  if (blocks > 0) return `${blocks} usable blocks are too few for a first look; raise measure.max_time`;
  return failures.some(({ started }) => started > 0)
    ? `no block holds a usable ${METRIC_NAMES[metric]} of both arms`
    : 'no complete block was measured';
};

const explainCutOff = ({ budgetMs, neededMs }: NonNullable<AttemptPlan['cutOff']>): string =>
  `the run’s time budget of ${formatDuration(budgetMs)} ended before this was decided; raise it by ${formatDuration(neededMs)} at least (time-budget)`;

/**
 * An open comparison is `inconclusive` only where enough healthy blocks have an interval that contains the limit. With too
 * few blocks, too many unusable ones, or a failed instance where it would have passed, it is not measured: that must not look
 * like mere chance.
 */
const judgeOpen = (result: LookResult, final: boolean): Judgement['verdict'] => {
  const hasNoInterval = !result.isTooAlike && (result.lower === null || result.upper === null);
  return final && (result.isPassPrevented || result.isHeldFail || result.isDepleted || hasNoInterval)
    ? 'not-measured'
    : 'inconclusive';
};

const judgeLook = (
  declared: DeclaredComparison,
  outcome: Decided['outcome'],
  result: LookResult,
  final: boolean,
  cutOff: WholeRun['cutOff'],
): Judgement => {
  // More time was wanted and not given, so that it is open is no finding.
  if (final && outcome === 'open' && cutOff)
    return { verdict: 'not-measured', reason: `${explainCutOff(cutOff)}; ${explain(declared, outcome, result)}` };
  // Where something is wrong with the blocks the reason names that one thing, and no precision that they do not have.
  const isPlain = !result.isPassPrevented && result.blocksPer === 1 && result.findings.length === 0;
  const excess = outcome === 'open' && isPlain ? explainExcess(declared, smallestProvable(declared, result)) : '';
  return {
    verdict: outcome === 'open' ? judgeOpen(result, final) : outcome,
    reason: explain(declared, outcome, result) + excess,
  };
};

/**
 * The record that stands in verdict.json. Bounds are those of the look that decided (or of the last), `lower` at the
 * level that a fail needs and `upper` at the level that a pass needs; `confidence` is that of the verdict: 1 − 0.01 for
 * a fail (over the whole run), else 1 − 0.05.
 */
export const toVerdict = (
  { declared, obstacle, emulated, against, waiver }: Omit<PlannedComparison, 'record'>,
  decided: Decided | null,
  whole: WholeRun,
  looks: Pick<Looks, 'alphaFail' | 'alphaPass' | 'schedule' | 'early'>,
  final: boolean,
): ComparisonVerdict => {
  const { limit, ...key } = declared;
  const result = decided?.result ?? null;
  const judge = (): Judgement => {
    if (obstacle !== null) return { verdict: obstacle.verdict ?? 'not-measured', reason: obstacle.reason };
    if (decided !== null && result !== null) return judgeLook(declared, decided.outcome, result, final, whole.cutOff);
    return final
      ? { verdict: 'not-measured', reason: explainNoLook(declared, whole) }
      : {
          verdict: 'inconclusive',
          reason: `${whole.blocks} blocks so far; the first look is at ${looks.early?.[0] ?? looks.schedule[0] ?? 0}`,
        };
  };
  const { verdict, reason } = judge();
  const modes = result?.findings.flatMap((finding) => finding.modes ?? []) ?? [];
  // A pass without measuring rests on no blocks.
  const wholeBlocks = obstacle?.verdict === undefined ? whole.blocks : 0;
  return {
    function: key.function,
    isolation: key.isolation,
    metric: key.metric,
    kind: key.kind,
    ...(obstacle?.gated === false ? { gated: false, cause: obstacle.cause } : { gated: true }),
    scale: limit.scale,
    unit: unitOf(limit),
    estimate: fromScale(limit, result === null ? whole.estimate : result.estimate),
    lower: fromScale(limit, result?.lower ?? null),
    upper: fromScale(limit, result?.upper ?? null),
    limit: limitValue(limit),
    confidence: 1 - (verdict === 'fail' ? looks.alphaFail : looks.alphaPass),
    verdict,
    blocks: result?.blocks ?? wholeBlocks,
    smallestProvable: result === null ? null : smallestProvable(declared, result),
    emulated,
    reason,
    ...(result?.early != null && { early: result.early }),
    ...(obstacle !== null && { obstacle: obstacle.warning.code }),
    ...(result !== null &&
      result.blocksPer > 1 && { effectiveBlocks: Math.max(1, Math.floor(result.blocks / result.blocksPer)) }),
    ...(result !== null && verdict === 'inconclusive' && { blocksToSettle: result.blocksToSettle }),
    ...(modes.length > 0 && { modes }),
    ...(against && { against }),
    ...(waiver && { waiver }),
  };
};
