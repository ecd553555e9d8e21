/** Flow part: one comparison as a member of its family, and its verdict. */

import type { Bounds } from '../model/metrics.ts';
import type { DeclaredComparison } from '../model/samples.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import { studentBounds } from '../stats/effective-student.ts';
import type { OneSidedAlpha } from '../stats/paired-bounds.ts';
import type { PlannedComparison } from './circumstances.ts';
import type { ComparisonContext, Outcome } from './context.ts';
import { type ArmFailures, explainFailures } from './explain.ts';
import type { Member, MemberDecision } from './family.ts';
import { fewestBlocks, type LookView, memberOf, viewLooks, wideningAt } from './look.ts';
import { blocksToSettle } from './outlook.ts';
import { showMetric } from './scale.ts';
import { sequentialP } from './sequential-p.ts';
import { type LookDetail, toVerdict } from './to-verdict.ts';

export interface ExaminedComparison {
  planned: PlannedComparison;
  view: LookView;
  member: Member;
}

/** What has an obstacle is not decided: it has no looks. */
export const examineComparison = (planned: PlannedComparison, context: ComparisonContext): ExaminedComparison => {
  const view = viewLooks(planned, context);
  const member = memberOf(view, view.material);
  return { planned, view, member: planned.obstacle === null ? member : { ...member, looks: 0 } };
};

/** The outcome that a look came nearest to. */
const nearestOf = (view: LookView, look: number): Outcome =>
  view.p(look, 'fail', 0) < view.p(look, 'pass', 0) ? 'fail' : 'pass';

/** Of fewer independent blocks an interval says nothing but that. */
const FEWEST_EFFECTIVE = 3;

/** Those of the ranks; of correlated blocks the wider of them and Student's for as many as they are worth. */
const boundsOf = (
  { material, looks, blocksPer, isClear }: LookView,
  look: number,
  outcome: MemberDecision['outcome'],
  alpha: OneSidedAlpha,
): Bounds => {
  const n = looks[look]?.n ?? 0;
  const ranks = material.bounds(n, alpha);
  if (blocksPer(look) <= 1 || (outcome !== 'open' && isClear(look, outcome))) return ranks;
  if (n / blocksPer(look) < FEWEST_EFFECTIVE) return { estimate: ranks.estimate, lower: null, upper: null };
  const student = studentBounds(material.centre(n, blocksPer(look)), alpha);
  return {
    estimate: ranks.estimate,
    lower: ranks.lower === null ? null : Math.min(ranks.lower, student.lower),
    upper: ranks.upper === null ? null : Math.max(ranks.upper, student.upper),
  };
};

/** The ranks of all blocks call a fail, and only what is wrong with the blocks speaks against it. */
const isHeldFail = (view: LookView, look: number, level: number): boolean =>
  level > 0 && view.ranks(look, 'fail', view.twin(look) + view.betweenRuns) <= level;

const detailOf = ({ view }: ExaminedComparison, decision: MemberDecision, context: ComparisonContext): LookDetail => {
  const { look, level } = decision;
  const { material } = view;
  const n = view.looks[look]?.n ?? 0;
  const nearest = decision.outcome === 'open' ? nearestOf(view, look) : decision.outcome;
  const isReached = view.p(look, nearest, 0) <= level[nearest];
  const judged = isReached ? nearest : 'open';
  const findings = view.findings(look, judged, level[nearest]);
  const losses = view.losses(look);
  const widening = wideningAt(view, look, judged, level[nearest]);
  const bounds = boundsOf(view, look, decision.outcome, { lower: level.fail, upper: level.pass });
  return {
    ...bounds,
    blocks: n,
    blocksPer: view.blocksPer(look),
    isTooAlike: view.blocksPer(look) > 1 && n / view.blocksPer(look) < FEWEST_EFFECTIVE,
    needed: bounds.lower === null || bounds.upper === null ? fewestBlocks(material, context) : null,
    widening,
    isFloor: view.limit(look).isFloor,
    limit: view.limit(look).limit,
    blocksToSettle: blocksToSettle(view, look, nearest, { level: level[nearest], widening }),
    isHeldFail: decision.outcome === 'open' && isHeldFail(view, look, level.fail),
    isPassPrevented: decision.outcome === 'open' && judged === 'pass' && losses.prevents,
    holds: findings.flatMap(({ hold }) => (hold === null ? [] : [hold])),
    findings,
    isDepleted: losses.isDepleted,
    incomplete: losses.incomplete,
    failures: losses.failures,
  };
};

const warningsOf = (
  { function: name, metric }: DeclaredComparison,
  detail: LookDetail | null,
  lost: ArmFailures[],
  twin: number,
): Warning[] => {
  const shift = `${name}: the control's twin differs from it in ${showMetric(metric)} by more than a quarter of the tightest allowance: limits are widened by that shift, both ways`;
  return [
    ...(detail?.failures ?? lost)
      .filter(({ failed }) => failed > 0)
      .map((failure) => ({ code: 'failed-instances', message: `${name}: ${explainFailures([failure])}` })),
    ...(twin > 0 ? [{ code: 'twin-shift', message: shift }] : []),
    ...(detail?.findings ?? []).map(({ code, message }) => ({
      code,
      message: `${name}: ${showMetric(metric)}: ${message}`,
    })),
  ];
};

/** Estimates stand also where nothing was decided: bounds only where a look had them. */
export const verdictOf = (
  examined: ExaminedComparison,
  decision: MemberDecision | null,
  context: ComparisonContext,
): { verdict: ComparisonVerdict; warnings: Warning[] } => {
  const { looks, final } = context;
  const { planned, view, member } = examined;
  const { material } = view;
  const blocks = material.values.length;
  const { estimate } = material.bounds(blocks, { lower: 0, upper: 0 });
  const failures = material.failures(Number.POSITIVE_INFINITY);
  const detail = decision === null || decision.look < 0 ? null : detailOf(examined, decision, context);
  const p =
    final && decision !== null
      ? sequentialP({
          ...member,
          proves: (look, level) =>
            view.p(look, 'fail', 0) <= level && view.p(look, 'fail', view.twin(look) + view.betweenRuns) <= level,
        })
      : null;
  const lost = failures.filter(({ failed }) => failed > 0);
  const outcome = decision === null ? null : { outcome: decision.outcome, detail };
  return {
    verdict: {
      ...toVerdict(planned, outcome, { blocks, estimate, failures: lost }, looks, final),
      ...(p !== null && { p }),
    },
    warnings: decision === null ? [] : warningsOf(planned.declared, detail, lost, view.twin(decision.look)),
  };
};
