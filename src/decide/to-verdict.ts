import type { DeclaredComparison, Looks } from '../model/samples.ts';
import type { Against, ComparisonVerdict, Modes } from '../model/verdict.ts';
import { type ArmFailures, type Evidence, explain, explainFailures } from './explain.ts';
import type { Obstacle } from './find-obstacle.ts';
import { fromScale, limitValue, showMetric, unitOf } from './scale.ts';

/** What one look saw, on the scale on which is decided. */
export interface LookDetail extends Evidence {
  /** Below the limit, but a failed instance stands against it. */
  isPassPrevented: boolean;
  /** By ranks above the limit, but held back: that is no pass, and must not look like chance. */
  isHeldFail: boolean;
  /** What the checks of the blocks found. */
  findings: { code: string; message: string; modes?: Modes[] }[];
}

/** What is known of a comparison before its blocks. */
interface PlannedVerdict {
  declared: DeclaredComparison;
  obstacle: Obstacle | null;
  emulated: boolean;
  against: Against | null;
  waiver: ComparisonVerdict['waiver'] | null | undefined;
}

/** What the looks came to, and what the one that decided, or the last, saw; null where there was none. */
export interface Decided {
  outcome: 'fail' | 'pass' | 'open';
  detail: LookDetail | null;
}

/** Excess over the limit that the lower bound's distance from the estimate, at this look's level, could have shown. */
const smallestProvable = ({ limit }: DeclaredComparison, detail: LookDetail): number | null => {
  if (detail.estimate === null || detail.lower === null) return null;
  const halfWidth = detail.estimate - detail.lower + detail.widening;
  return limit.scale === 'ratio' ? Math.expm1(halfWidth) : halfWidth;
};

const noValuesReason = ({ metric }: DeclaredComparison, failures: ArmFailures[], blocks: number): string =>
  explainFailures(failures) ||
  (blocks > 0
    ? `${blocks} usable blocks are too few for a first look; give measure.time more`
    : `no block holds a usable ${showMetric(metric)} of both arms`);

const excessText = ({ limit }: DeclaredComparison, excess: number | null): string => {
  if (excess === null) return '';
  const text =
    limit.scale === 'ratio'
      ? `${Number((excess * 100).toPrecision(2))} %`
      : `${Number(excess.toPrecision(3))} ${limit.unit}`;
  return `; an excess of ${text} over the limit could have been proven`;
};

type Outcome = Pick<ComparisonVerdict, 'verdict' | 'reason'>;

/**
 * Open is `inconclusive` only where enough healthy blocks have an interval that straddles the limit. Too few of them, too
 * many others, or a failed instance where they would have passed, is not measured: it must not look like mere chance.
 */
const openVerdict = (detail: LookDetail, final: boolean): Outcome['verdict'] =>
  final &&
  (detail.isPassPrevented ||
    detail.isHeldFail ||
    detail.isDepleted ||
    (!detail.isTooAlike && (detail.lower === null || detail.upper === null)))
    ? 'not-measured'
    : 'inconclusive';

const outcomeOf = (
  declared: DeclaredComparison,
  outcome: Decided['outcome'],
  detail: LookDetail,
  final: boolean,
): Outcome => {
  const kind = detail.isPassPrevented ? 'pass-prevented' : outcome;
  const excess = kind === 'open' ? excessText(declared, smallestProvable(declared, detail)) : '';
  const reason = explain(declared, kind, detail) + excess;
  return { verdict: outcome === 'open' ? openVerdict(detail, final) : outcome, reason };
};

const modesOf = (detail: LookDetail | null): Pick<ComparisonVerdict, 'modes'> => {
  const modes = detail?.findings.flatMap((finding) => finding.modes ?? []) ?? [];
  return modes.length > 0 ? { modes } : {};
};

const contextOf = (
  against: Against | null,
  waiver: ComparisonVerdict['waiver'] | null | undefined,
): Pick<ComparisonVerdict, 'against' | 'waiver'> => ({ ...(against && { against }), ...(waiver && { waiver }) });

/** What was not measured twice rests on none. */
const blocksOf = (obstacle: Obstacle | null, blocks: number): number => (obstacle?.verdict === undefined ? blocks : 0);

/**
 * The record that stands in verdict.json. Bounds are those of the look that decided (or of the last), `lower` at the
 * level that a fail needs and `upper` at the level that a pass needs; `confidence` is that of the verdict: 1 − 0.01 for
 * a fail (over the whole run), else 1 − 0.05.
 */
export const toVerdict = (
  { declared, obstacle, emulated, against, waiver }: PlannedVerdict,
  decided: Decided | null,
  { failures, ...orientation }: { blocks: number; estimate: number | null; failures: ArmFailures[] },
  looks: Pick<Looks, 'alphaFail' | 'alphaPass' | 'schedule'>,
  final: boolean,
): ComparisonVerdict => {
  const { limit, ...key } = declared;
  const detail = decided?.detail ?? null;
  const first = looks.schedule[0] ?? 0;
  const noBlocks =
    failures.length > 0 || orientation.blocks > 0
      ? noValuesReason(declared, failures, orientation.blocks)
      : 'no complete block was measured';
  const undecided: Outcome = final
    ? { verdict: 'not-measured', reason: noBlocks }
    : { verdict: 'inconclusive', reason: `${orientation.blocks} blocks so far; the first look is at ${first}` };
  const outcome: Outcome =
    obstacle !== null
      ? { verdict: obstacle.verdict ?? 'not-measured', reason: obstacle.reason }
      : decided === null || detail === null
        ? undecided
        : outcomeOf(declared, decided.outcome, detail, final);
  return {
    function: key.function,
    isolation: key.isolation,
    metric: key.metric,
    kind: key.kind,
    gated: obstacle?.gated ?? true,
    scale: limit.scale,
    unit: unitOf(limit),
    estimate: fromScale(limit, detail === null ? orientation.estimate : detail.estimate),
    lower: fromScale(limit, detail?.lower ?? null),
    upper: fromScale(limit, detail?.upper ?? null),
    limit: limitValue(limit),
    confidence: 1 - (outcome.verdict === 'fail' ? looks.alphaFail : looks.alphaPass),
    verdict: outcome.verdict,
    blocks: detail?.blocks ?? blocksOf(obstacle, orientation.blocks),
    smallestProvable: detail === null ? null : smallestProvable(declared, detail),
    emulated,
    reason: outcome.reason,
    ...(detail !== null &&
      detail.blocksPer > 1 && { effectiveBlocks: Math.max(1, Math.floor(detail.blocks / detail.blocksPer)) }),
    ...(detail !== null && outcome.verdict === 'inconclusive' && { blocksToSettle: detail.blocksToSettle }),
    ...modesOf(detail),
    ...contextOf(against, waiver),
  };
};
