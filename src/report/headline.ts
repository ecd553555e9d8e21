import {
  formatConfidence,
  formatCost,
  formatEstimate,
  formatInterval,
  formatLimit,
  METRIC_NAMES,
} from '../lib/format.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import { type Inline, inlines, type Text } from './document.ts';
import { tellNotCompared } from './not-compared.ts';
import { tellOnBase } from './on-base.ts';
import { place, TOLD, tellPass } from './pass-headline.ts';
import type { Row } from './rows.ts';
import { tellBadWaivers, tellWaived } from './waivers-section.ts';
import { doubtText, firstsByWhy, whyText } from './why.ts';
import { againstWords, KIND_WORDS, limitKey } from './words.ts';

/** What is red and why, in words, the worst first; of a pass what it rests on. */
export function headline(verdict: VerdictDocument, rows: Row[]): Text[] {
  const bad = tellBadWaivers(verdict);
  const own = verdict.comparisons.some((one) => one.gated && one.verdict === verdict.verdict);
  // Where nothing else is red there is nothing else to tell.
  if (bad.length > 0 && !own) return bad;
  return [...bad, ...judged(verdict, rows), ...(verdict.verdict === 'pass' ? tellWaived(verdict) : [])];
}

function judged(verdict: VerdictDocument, rows: Row[]): Text[] {
  const gated = verdict.comparisons.filter((one) => one.gated);
  const notCompared = tellNotCompared(verdict.comparisons);
  if (gated.length === 0) return [nothingGated(rows), ...(notCompared === null ? [] : [`${notCompared}.`])];
  if (verdict.verdict === 'pass') {
    const inherited = gated.filter((one) => one.verdict === 'fail').sort(byExcess);
    const kept = gated.filter((one) => one.verdict !== 'fail');
    return [
      ...inherited.slice(0, TOLD).map((one) => tell(one, verdict)),
      ...tellPass(kept, notCompared, inherited.length > 0),
    ];
  }
  const told = gated.filter((one) => one.verdict === verdict.verdict).sort(byExcess);
  if (told.length === 0) return unmetRequirements(verdict, rows);
  if (verdict.verdict === 'not-measured') return tellNotMeasured(told);
  const shown = told.slice(0, TOLD);
  const firsts = new Set(firstsByWhy(shown));
  const lines = shown.map((one) => [...inlines(tell(one, verdict)), firsts.has(one) ? whyText(one) : '']);
  const rest = told.length - lines.length;
  return rest > 0 ? [...lines, `${rest} more of the same kind: see the table.`] : lines;
}

/** How far the surely proven cost exceeds the limit, in units of the limit's allowance, so that metrics compare. */
const excess = ({ lower, estimate, limit, scale }: ComparisonVerdict): number => {
  const value = lower ?? estimate;
  if (value === null) return Number.NEGATIVE_INFINITY;
  const allowance = Math.abs(scale === 'ratio' ? limit - 1 : limit);
  return (value - limit) / (allowance || 1);
};

const KIND_ORDER: Record<ComparisonVerdict['kind'], number> = { budget: 0, regression: 1, drift: 2 };

// What this change did before what was so; then a broken budget before a broken regression limit: the former tells what the latter is part of.
const byExcess = (a: ComparisonVerdict, b: ComparisonVerdict): number =>
  Number(a.onBase?.isInherited ?? false) - Number(b.onBase?.isInherited ?? false) ||
  KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
  excess(b) - excess(a) ||
  0;

/** Required isolations that no comparison tells of: unusable ones by their row, others by their warning. */
function unmetRequirements({ warnings }: VerdictDocument, rows: Row[]): Text[] {
  const unmet = new Map(rows.filter((row) => row.required && row.reason !== null).map((row) => [row.isolation, row]));
  const told = [...unmet.values()].map(
    (row): Text => [{ code: row.isolation }, ` is required and was not measured: ${row.reason}`],
  );
  if (told.length > 0) return told;
  return warnings.filter(({ code }) => /^required-|^emulated-mixed$/.test(code)).map(({ message }) => message);
}

function nothingGated(rows: Row[]): Text {
  const unmeasured = rows.find((row) => row.reason !== null);
  if (!unmeasured) return 'Nothing was gated: no isolation that was measured here has a budget.';
  return ['Nothing could be gated: ', { code: unmeasured.isolation }, ` was not measured (${unmeasured.reason}).`];
}

/** One reason is told once, whatever the number of metrics that have no value because of it. */
function tellNotMeasured(told: ComparisonVerdict[]): Text[] {
  const groups = new Map<string, ComparisonVerdict[]>();
  for (const one of told) {
    const key = JSON.stringify([one.function, one.isolation, one.reason]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const lines = [...groups.values()].map((group): Text => {
    const [first] = group as [ComparisonVerdict];
    const metrics = [...new Set(group.map(({ metric, kind }) => METRIC_NAMES[metric] + KIND_WORDS[kind]))];
    return [...place(first), `: ${metrics.join(', ')} could not be measured: ${first.reason}`];
  });
  const rest = lines.length - TOLD;
  return rest > 0 ? [...lines.slice(0, TOLD), `${rest} more of the same kind: see the table.`] : lines;
}

/** Above the limit and yet no fail: what stands against it (the floor, a shift of the twin) is in its reason only. */
const isAbove = ({ lower, limit }: ComparisonVerdict): boolean => lower !== null && lower > limit;

/** `99% interval +2% to +4%`, `99% bound: at least +2%`. */
const boundWord = ({ lower, upper }: ComparisonVerdict): string =>
  lower === null || upper === null ? 'bound:' : 'interval';

/** One comparison in words: where, what, measured against which limit, and whose doing. */
export function tell(comparison: ComparisonVerdict, verdict: VerdictDocument): Text {
  const start = place(comparison);
  const { unit, limit, reason } = comparison;
  if (comparison.verdict === 'not-measured') {
    return [...start, `: ${METRIC_NAMES[comparison.metric]} could not be measured: ${reason}`];
  }
  const cost =
    comparison.estimate === null
      ? 'not resolved'
      : formatCost(comparison.estimate, unit, comparison.upper ?? undefined);
  const interval = formatInterval(comparison);
  const measured =
    interval === null
      ? cost
      : `${cost} (${formatConfidence(comparison.confidence)} ${boundWord(comparison)} ${interval})`;
  const what = comparison.kind === 'budget' ? 'overhead is' : `changed against ${againstWords(comparison)} by`;
  const judged =
    comparison.verdict === 'fail'
      ? `above the limit of ${formatLimit(limit, unit)} with its whole interval`
      : `not decided against the limit of ${formatLimit(limit, unit)}${isAbove(comparison) ? `: ${reason}` : ''}`;
  return [
    ...start,
    `: ${METRIC_NAMES[comparison.metric]} ${what} `,
    { strong: measured },
    `, ${judged}.`,
    ...blame(comparison, verdict),
    tellDrift(comparison, verdict) + doubtText(comparison),
  ];
}

/** What this change added in the same place. */
const growthOf = (
  { function: name, isolation, metric }: ComparisonVerdict,
  comparisons: ComparisonVerdict[],
): ComparisonVerdict | undefined =>
  comparisons.find(
    (one) => one.kind === 'regression' && one.function === name && one.isolation === isolation && one.metric === metric,
  );

/** A drift is many changes' doing: this one may have had the last part in it, or none. */
function tellDrift(comparison: ComparisonVerdict, { comparisons }: VerdictDocument): string {
  if (comparison.kind !== 'drift' || comparison.verdict !== 'fail') return '';
  const own = growthOf(comparison, comparisons);
  const part = own?.estimate == null ? '' : `; this change’s own part is ${formatEstimate(own)}`;
  const since = comparison.against?.commit?.slice(0, 12);
  return ` It grew bit by bit over ${since === undefined ? 'the commits since then' : `the commits since ${since}`}${part}.`;
}

/** Was it this change or the base? Only a regression comparison of the same place can tell. */
function blame(comparison: ComparisonVerdict, verdict: VerdictDocument): Inline[] {
  if (comparison.kind !== 'budget' || comparison.verdict !== 'fail') return [];
  if (comparison.onBase !== undefined) return tellOnBase(comparison);
  const other = growthOf(comparison, verdict.comparisons);
  if (other?.verdict === 'fail') return [' ', { strong: 'This change made it worse' }, '.'];
  if (other?.verdict === 'pass')
    return [' It was so on the base already: ', { strong: 'this change did not make it worse' }, '.'];
  if (comparison.attribution !== undefined) return [];
  return [' Whether this change did it is not known: there is no base to compare with.'];
}

const HINTS: Partial<Record<ComparisonVerdict['metric'], string>> = {
  latency:
    'do less that crosses the isolation’s boundary in each call (system calls, page faults, small reads and writes)',
  cold_start: 'load less before the first response (files read, modules imported, memory touched)',
  memory: 'touch less memory, and fewer files: what a guest reads it caches',
  control: 'look at the change of the function itself: it got slower without any isolation',
};

/** What to do about it, in order. */
export function advice(verdict: VerdictDocument, samples: Samples): Text[] {
  const culprits = verdict.comparisons.filter((one) => one.gated && one.verdict === verdict.verdict).sort(byExcess);
  const first = culprits[0];
  if (verdict.verdict === 'pass') return [];
  if (verdict.verdict === 'not-measured') return fixes(samples);
  if (!first) return [];
  if (verdict.verdict === 'inconclusive') {
    return [more(first), ...(culprits.length > 1 ? [`So it is with ${culprits.length - 1} more: see the table.`] : [])];
  }
  const hint = HINTS[first.metric] ?? 'look for what changed in this function’s use of the system';
  if (first.onBase?.isInherited)
    return [
      [
        'The budget was broken before this change: lower the cost or raise ',
        { code: limitKey(first) },
        ' in a change of its own. It fails here because of ',
        { code: 'fail_on_base: true' },
        '.',
      ],
    ];
  return [
    `If the cost is not wanted, ${hint}.`,
    [
      'If it is wanted, raise ',
      { code: limitKey(first) },
      ' in a reviewed change of its own, or waive it until a day in ',
      { code: '.isogate/waivers.yml' },
      '.',
    ],
  ];
}

/** What would settle the first of them. */
function more(first: ComparisonVerdict): Text {
  const where: Inline[] = [...place(first), `, ${METRIC_NAMES[first.metric]}: `];
  if (first.blocksToSettle === null)
    return [
      ...where,
      'the overhead is too near its limit to be told from it. Leave the limit more room, or lower the cost; more time alone will hardly help.',
      provable(first),
    ];
  const blocks = first.blocksToSettle === undefined ? '' : ` About ${first.blocksToSettle} blocks would settle it.`;
  return [
    ...where,
    'give the run more time (',
    { code: 'measure.time' },
    ', ',
    { code: 'measure.max_blocks' },
    `).${blocks}`,
    provable(first),
  ];
}

function provable({ smallestProvable, unit, scale }: ComparisonVerdict): string {
  if (smallestProvable === null) return '';
  const excessText = formatCost(scale === 'ratio' ? 1 + smallestProvable : smallestProvable, unit);
  return ` The smallest excess that this run could have proven is ${excessText}.`;
}

function fixes(samples: Samples): Text[] {
  return (samples.header.probe ?? [])
    .filter((one) => !one.usable && one.fix !== null)
    .map((one): Text => ['To make ', { code: one.isolation }, ' work on this runner: ', { code: one.fix ?? '' }]);
}
