import { METRIC_NAMES } from '../lib/format.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import { inlines, type Text } from './document.ts';
import { TOLD, tellNotCompared, tellPass } from './pass-headline.ts';
import type { Row } from './rows.ts';
import { place, tell } from './tell-comparison.ts';
import { tellBadWaivers, tellWaived } from './waivers-section.ts';
import { firstsByWhy, whyText } from './why.ts';
import { countOf, KIND_WORDS } from './words.ts';

/** What failed and why, in words, the worst first; for a pass, what it rests on. */
export function headline(verdict: VerdictDocument, rows: Row[]): Text[] {
  const bad = tellBadWaivers(verdict);
  const own = verdict.comparisons.some((one) => one.gated && one.verdict === verdict.verdict);
  // Where nothing else failed there is nothing else to tell.
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
  if (verdict.verdict === 'not-measured') return tellNotMeasured(told, rows);
  const shown = told.slice(0, TOLD);
  const firsts = new Set(firstsByWhy(shown));
  const lines = shown.map((one) => [...inlines(tell(one, verdict)), firsts.has(one) ? whyText(one) : '']);
  const rest = told.length - lines.length;
  return rest > 0 ? [...lines, `${rest} more of the same kind: see the table.`] : lines;
}

/** How far the proven cost exceeds the limit, in units of the limit's allowance, so that metrics can be compared. */
const excess = ({ lower, estimate, limit, scale }: ComparisonVerdict): number => {
  const value = lower ?? estimate;
  if (value === null) return Number.NEGATIVE_INFINITY;
  const allowance = Math.abs(scale === 'ratio' ? limit - 1 : limit);
  return (value - limit) / (allowance || 1);
};

const KIND_ORDER: Record<ComparisonVerdict['kind'], number> = { budget: 0, regression: 1, drift: 2 };

// What this change did comes before what was so already, and a broken budget before a broken regression limit, which is part
// of it.
export const byExcess = (a: ComparisonVerdict, b: ComparisonVerdict): number =>
  Number(a.onBase?.isInherited ?? false) - Number(b.onBase?.isInherited ?? false) ||
  KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
  excess(b) - excess(a) ||
  0;

/** Warnings that say by themselves why a run was not measured. */
const UNMET: ReadonlySet<string> = new Set(['required-emulated', 'required-unmeasured', 'emulated-mixed']);

/** Required isolations that have no comparison: unusable ones by their row, others by their warning. */
function unmetRequirements({ warnings }: VerdictDocument, rows: Row[]): Text[] {
  const unmet = new Map(rows.filter((row) => row.required && row.reason !== null).map((row) => [row.isolation, row]));
  const told = [...unmet.values()].map(
    (row): Text => [{ code: row.isolation }, ` is required and was not measured: ${row.reason}`],
  );
  if (told.length > 0) return told;
  return warnings.filter(({ code }) => UNMET.has(code)).map(({ message }) => message);
}

function nothingGated(rows: Row[]): Text {
  const unmeasured = rows.find((row) => row.reason !== null);
  if (!unmeasured) return 'Nothing was gated: no isolation that was measured here has a budget.';
  return ['Nothing could be gated: ', { code: unmeasured.isolation }, ` was not measured (${unmeasured.reason}).`];
}

/** A reason is told once, for all metrics that have no value because of it. */
function tellNotMeasured(all: ComparisonVerdict[], rows: Row[]): Text[] {
  const unbuilt = new Map(rows.map((row) => [row.function, row.buildFailure]));
  const told = all.filter((one) => (unbuilt.get(one.function) ?? null) === null);
  const builds = [...unbuilt].flatMap(([name, failure]): Text[] =>
    failure === null ? [] : [[{ code: name }, ` could not be measured: its build failed: ${failure}`]],
  );
  const groups = new Map<string, ComparisonVerdict[]>();
  for (const one of told) {
    const key = JSON.stringify([one.function, one.isolation, one.reason]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const tellGroup = (group: ComparisonVerdict[]): Text => {
    const [first] = group as [ComparisonVerdict];
    const metrics = [...new Set(group.map(({ metric, kind }) => METRIC_NAMES[metric] + KIND_WORDS[kind]))];
    const what = first.heldBy === undefined ? 'could not be measured' : 'is held back';
    return [...place(first), `: ${metrics.join(', ')} ${what}: ${first.reason}`];
  };
  const lines = [...builds, ...[...groups.values()].map(tellGroup)];
  const rest = lines.length - TOLD;
  return rest > 0 ? [...lines.slice(0, TOLD), `${rest} more of the same kind: see the table.`] : lines;
}

/**
 * After the verdict in the title: whether this change caused a fail, as far as that is known, what other verdicts mean, and how
 * many limits say nothing.
 */
export function titleTail(verdict: VerdictDocument, samples: Samples): string {
  const unmeasured = countUnmeasured(verdict);
  switch (verdict.verdict) {
    case 'fail':
      return `${whose(verdict)}${unmeasured}`;
    case 'inconclusive':
      return `${failsOnInconclusive(samples) ? ', which fails the run' : ', which does not fail the run'}${unmeasured}`;
    case 'not-measured':
      return `${unmeasured}, which fails the run`;
    case 'pass':
      return `${whatHolds(verdict)}${unmeasured}`;
  }
}

/**
 * `; 2 of 5 limits not measured` behind a verdict, ` (2 of 5 limits)` behind “not measured”, whether they are gated or not;
 * empty where every limit was measured.
 */
export function countUnmeasured({ comparisons, verdict }: VerdictDocument): string {
  const count = comparisons.filter((one) => one.verdict === 'not-measured').length;
  if (count === 0) return '';
  const share = `${count} of ${countOf(comparisons.length, 'limit')}`;
  return verdict === 'not-measured' ? ` (${share})` : `; ${share} not measured`;
}

const failsOnInconclusive = ({ header }: Samples): boolean => {
  const listed: unknown = header.config['fail_on'];
  return Array.isArray(listed) && listed.includes('inconclusive');
};

function whose({ comparisons }: VerdictDocument): string {
  const failed = comparisons.filter((one) => one.gated && one.verdict === 'fail');
  const isOwn = failed.some(
    ({ kind, onBase }) =>
      kind === 'regression' || (onBase && !onBase.isInherited && ['pass', 'fail'].includes(onBase.verdict)),
  );
  if (isOwn) return ', by this change';
  return failed.length > 0 && failed.every(({ onBase }) => onBase?.isInherited) ? ', on the base already' : '';
}

function whatHolds({ comparisons }: VerdictDocument): string {
  const gated = comparisons.filter((one) => one.gated);
  if (gated.some((one) => one.verdict === 'fail')) return '; over budget on the base already';
  return gated.some(({ waiver }) => waiver !== undefined) ? ', by a waiver' : '';
}
