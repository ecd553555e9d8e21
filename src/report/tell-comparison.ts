/** One comparison in words. */

import {
  formatConfidence,
  formatCost,
  formatEstimate,
  formatInterval,
  formatLimit,
  METRIC_NAMES,
} from '../lib/format.ts';
import { shortCommit } from '../lib/text.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';
import { doubtText } from './why.ts';
import { againstWords } from './words.ts';

export const place = (one: ComparisonVerdict): Inline[] => [{ code: one.function }, ' under ', { code: one.isolation }];

/** Whether the change or the base broke a budget, where the base ran in the same blocks. */
function tellOnBase({ unit, onBase }: ComparisonVerdict): Inline[] {
  if (onBase === undefined) return [];
  const cost = onBase.estimate === null ? 'not resolved' : formatCost(onBase.estimate, unit);
  const growth = formatEstimate({ ...onBase.growth, unit });
  if (onBase.isInherited)
    return [
      ' ',
      { strong: 'It is not this change' },
      `: the base breaks this budget already (${cost} there), and the change did not make it worse (growth ${growth}).`,
    ];
  switch (onBase.verdict) {
    case 'fail':
      return [
        ` The base breaks this budget already (${cost} there), and `,
        { strong: 'this change made it worse' },
        ` by ${growth}.`,
      ];
    case 'pass':
      return [' ', { strong: 'This change did it' }, `: on the base it is ${cost}, within the budget.`];
    case 'inconclusive':
      return [
        ` On the base it is ${cost}, which is not decided against this budget; the change’s own part is ${growth}.`,
      ];
    case 'not-measured':
      return [' On the base it could not be measured.'];
  }
}

/** Above the limit, and yet no fail: only the reason says why (the minimum effect, a shift of the A/A control). */
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

/** The comparison that says what this change added in the same place. */
const findGrowth = (
  { function: name, isolation, metric }: ComparisonVerdict,
  comparisons: ComparisonVerdict[],
): ComparisonVerdict | undefined =>
  comparisons.find(
    (one) => one.kind === 'regression' && one.function === name && one.isolation === isolation && one.metric === metric,
  );

/** Many changes together made a drift: this one may have added the last part of it, or nothing. */
function tellDrift(comparison: ComparisonVerdict, { comparisons }: VerdictDocument): string {
  if (comparison.kind !== 'drift' || comparison.verdict !== 'fail') return '';
  const own = findGrowth(comparison, comparisons);
  const part = own?.estimate == null ? '' : `; this change’s own part is ${formatEstimate(own)}`;
  const commit = comparison.against?.commit;
  const since = commit ? shortCommit(commit) : 'then';
  return ` It grew bit by bit over the commits since ${since}${part}.`;
}

/** Whether the change or the base broke a budget; without the base beside the head, a regression comparison tells. */
function blame(comparison: ComparisonVerdict, verdict: VerdictDocument): Inline[] {
  if (comparison.kind !== 'budget' || comparison.verdict !== 'fail') return [];
  if (comparison.onBase !== undefined) return tellOnBase(comparison);
  const other = findGrowth(comparison, verdict.comparisons);
  if (other?.verdict === 'fail') return [' ', { strong: 'This change made it worse' }, '.'];
  if (other?.verdict === 'pass')
    return [' It was so on the base already: ', { strong: 'this change did not make it worse' }, '.'];
  if (comparison.attribution !== undefined) return [];
  return [' Whether this change did it is not known: there is no base to compare with.'];
}
