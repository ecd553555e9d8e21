/** One comparison as a member of its comparison family, and its verdict. */

import { METRIC_NAMES } from '../lib/format.ts';
import type { Bounds } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { OneSidedAlpha } from '../stats/paired-bounds.ts';
import { studentBounds } from '../stats/student.ts';
import { levelsAt, type Member, type MemberDecision, sequentialP } from './comparison-family.ts';
import type { ArmFailures, ComparisonContext, Outcome } from './comparison-inputs.ts';
import { earlyBounds } from './early-test.ts';
import type { LookResult } from './explain.ts';
import { blocksToSettle } from './forecast.ts';
import { fewestBlocks, type LookView, toMember, viewLooks, wideningAt } from './look.ts';
import { explainFailures } from './losses.ts';
import type { BlockWarning } from './merge-warnings.ts';
import type { PlannedComparison } from './plan-comparisons.ts';
import { toVerdict } from './to-verdict.ts';

export interface ExaminedComparison {
  planned: PlannedComparison;
  view: LookView;
  member: Member;
}

/** A comparison with an obstacle has no looks, so it is not decided. */
export const examineComparison = (planned: PlannedComparison, context: ComparisonContext): ExaminedComparison => {
  const view = viewLooks(planned, context);
  const member = toMember(view, view.inputs);
  return { planned, view, member: planned.obstacle === null ? member : { ...member, looks: 0 } };
};

/** The outcome that a look came nearest to. */
const findNearestOutcome = (view: LookView, look: number): Outcome =>
  view.late(look, 'fail', 0) < view.late(look, 'pass', 0) ? 'fail' : 'pass';

/** No bound has this level. */
const ESTIMATE_ONLY: OneSidedAlpha = { lower: 0, upper: 0 };

/** With fewer independent blocks than this there is no interval. */
const FEWEST_EFFECTIVE = 3;

/** Bounds of the look's own test; of correlated blocks the wider of the ranks' and Student's for as many blocks as they are worth. */
const computeBounds = (
  { inputs, looks, blocksPer, isClear, noiseAround }: LookView,
  look: number,
  outcome: MemberDecision['outcome'],
  alpha: OneSidedAlpha,
): Bounds => {
  const { n, test } = looks[look] ?? { n: 0, test: 'ranks' };
  if (test !== 'ranks') {
    const { estimate } = inputs.bounds(n, ESTIMATE_ONLY);
    return { estimate, ...earlyBounds(test, inputs.values.slice(0, n), noiseAround(look), alpha) };
  }
  const ranks = inputs.bounds(n, alpha);
  if (blocksPer(look) <= 1 || (outcome !== 'open' && isClear(look, outcome))) return ranks;
  if (n / blocksPer(look) < FEWEST_EFFECTIVE) return { estimate: ranks.estimate, lower: null, upper: null };
  const student = studentBounds(inputs.centre(n, blocksPer(look)), alpha);
  return {
    estimate: ranks.estimate,
    lower: ranks.lower === null ? null : Math.min(ranks.lower, student.lower),
    upper: ranks.upper === null ? null : Math.max(ranks.upper, student.upper),
  };
};

/** The ranks of all blocks prove a fail, and only defects of the blocks speak against it. */
const isHeldFail = (view: LookView, look: number, level: number): boolean =>
  level > 0 &&
  view.looks[look]?.test === 'ranks' &&
  view.ranks(look, 'fail', view.controlNoise(look) + view.betweenRuns) <= level;

const describeLook = (
  { view, member }: ExaminedComparison,
  decision: MemberDecision,
  context: ComparisonContext,
): LookResult => {
  const { look } = decision;
  const level = levelsAt(member, decision);
  const isOpen = decision.outcome === 'open';
  const { n, test } = view.looks[look] ?? { n: 0, test: 'ranks' };
  const nearest = decision.outcome === 'open' ? findNearestOutcome(view, look) : decision.outcome;
  const isReached = view.p(look, nearest, 0) <= level[nearest];
  const judged = isReached ? nearest : 'open';
  const { prevents, ...losses } = view.losses(look);
  const widening = wideningAt(view, look, judged, level[nearest]);
  const bounds = computeBounds(view, look, decision.outcome, { lower: level.fail, upper: level.pass });
  return {
    ...bounds,
    ...losses,
    ...view.limit(look),
    blocks: n,
    early: isOpen || test === 'ranks' ? null : test,
    blocksPer: view.blocksPer(look),
    isTooAlike: view.blocksPer(look) > 1 && n / view.blocksPer(look) < FEWEST_EFFECTIVE,
    needed: bounds.lower === null || bounds.upper === null ? fewestBlocks(view.inputs, context) : null,
    widening,
    mostBlocks: context.config.measure.maxBlocks,
    blocksToSettle: isOpen ? blocksToSettle(view, look, nearest, { level: level[nearest], widening }) : null,
    isHeldFail: isOpen && isHeldFail(view, look, level.fail),
    isPassPrevented: isOpen && judged === 'pass' && prevents,
    findings: view.findings(look, judged, level[nearest]),
  };
};

const listWarnings = (
  { function: name, isolation, metric }: DeclaredComparison,
  result: LookResult | null,
  lost: ArmFailures[],
  controlNoise: number,
): BlockWarning[] => {
  const failures = (result?.failures ?? lost).flatMap((one) => explainFailures([one]) ?? []);
  const what = METRIC_NAMES[metric];
  const shift =
    'the A/A control differs from the control by more than a quarter of the tightest allowance, so limits are widened by that shift, both ways';
  return [
    ...failures.map((text) => ({ code: 'failed-instances', function: name, metric: null, where: '', what: text })),
    ...(controlNoise > 0 ? [{ code: 'twin-shift', function: name, metric: what, where: what, what: shift }] : []),
    ...(result?.findings ?? []).map(({ code, message }) => ({
      ...{ code, function: name, metric: what, where: `${what} under ${isolation}`, what: message },
    })),
  ];
};

/** There is an estimate also where nothing was decided; there are bounds only where a look had them. */
export const decideVerdict = (
  examined: ExaminedComparison,
  decision: MemberDecision | null,
  context: ComparisonContext,
): { verdict: ComparisonVerdict; warnings: BlockWarning[] } => {
  const { looks, final } = context;
  const { planned, view, member } = examined;
  const blocks = view.inputs.values.length;
  const result = decision === null || decision.look < 0 ? null : describeLook(examined, decision, context);
  // Only where no look says more.
  const estimate = result === null ? view.inputs.bounds(blocks, ESTIMATE_ONLY).estimate : null;
  const failures = result === null ? view.inputs.failures(Number.POSITIVE_INFINITY) : [];
  const proves = (look: number, level: number): boolean =>
    view.p(look, 'fail', 0) <= level && view.p(look, 'fail', view.controlNoise(look) + view.betweenRuns) <= level;
  const p = final && decision !== null ? sequentialP({ ...member, proves }) : null;
  const attempt = context.fn.attempts.at(-1);
  const unfitMs = attempt?.unfitMs?.[planned.declared.isolation] ?? null;
  const stoppedMs = attempt?.stoppedMs?.[planned.declared.isolation] ?? null;
  const cutOff = attempt?.cutOff ?? null;
  const decided = decision === null ? null : { outcome: decision.outcome, result };
  return {
    verdict: {
      ...toVerdict(planned, decided, { blocks, estimate, failures, unfitMs, stoppedMs, cutOff }, looks, final),
      ...(p !== null && { p }),
    },
    warnings:
      decision === null ? [] : listWarnings(planned.declared, result, failures, view.controlNoise(decision.look)),
  };
};
