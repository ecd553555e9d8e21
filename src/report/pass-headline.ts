import { formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';
import { place } from './tell-comparison.ts';
import { CAUSE_WORDS } from './words.ts';

/** How many comparisons are told in words; the table has the others. */
export const TOLD = 3;

/** A growth that passed although its interval reaches the limit: it is below the minimum effect of regressions. */
const isBelowMinimumEffect = ({ kind, verdict, upper, limit }: ComparisonVerdict): boolean =>
  kind !== 'budget' && verdict === 'pass' && upper !== null && upper >= limit;

/**
 * How many comparisons are within their limits, what passed only because it is too small to count, and what was not compared.
 * @param areOthers the text also tells of comparisons that failed
 */
export function tellPass(gated: ComparisonVerdict[], notCompared: string | null, areOthers = false): Text[] {
  const same = gated.filter(({ against }) => against?.source === 'same-image');
  const measured = gated.length - same.length;
  const small = gated.filter(isBelowMinimumEffect);
  const within = measured - small.length;
  const sameText = tellSame(same.length);
  if (measured === 0) return [...sameText, ...(notCompared === null ? [] : [`${notCompared}.`])];
  const other = areOthers ? 'other ' : '';
  const count =
    small.length > 0
      ? `${within} of ${measured} gated comparisons are`
      : within === 1
        ? `The one ${other}gated comparison is`
        : `All ${within} ${other}gated comparisons are`;
  const told = small
    .slice(0, TOLD)
    .map((one): Text => [...place(one), `: ${METRIC_NAMES[one.metric]} `, ...tellSmall(one)]);
  const rest = small.length - told.length;
  return [
    within === 0
      ? 'Every gated comparison grew by too little to count:'
      : `${count} within the limit: the upper end of each interval lies below it${notCompared === null ? '' : `; ${notCompared}`}.`,
    ...told,
    ...sameText,
    ...(rest > 0 ? [`${rest} more of the same kind: see “All comparisons”.`] : []),
    ...(within === 0 && notCompared !== null ? [`${notCompared}.`] : []),
  ];
}

const tellSame = (count: number): Text[] => {
  if (count === 0) return [];
  const limits = count === 1 ? 'One growth limit is' : `${count} growth limits are`;
  return [`${limits} kept without measuring: head and base have the same image, so nothing could have grown.`];
};

const tellSmall = (one: ComparisonVerdict): Inline[] => [
  `grew by ${formatEstimate(one)} against a limit of ${formatLimit(one.limit, one.unit)}, but that is too little to count (`,
  { code: 'regression.floor' },
  `): ${one.reason}`,
];

/**
 * `3 regression limits were not compared: no baseline yet`: a pass says nothing about them, so it must not look as if it
 * did. Null where every limit is gated.
 */
export function tellNotCompared(comparisons: ComparisonVerdict[]): string | null {
  const left = comparisons.filter((one) => !one.gated);
  const told = [
    tellUngated(
      left.filter(({ kind }) => kind === 'budget'),
      ['budget was', 'budgets were', 'measured'],
    ),
    tellUngated(
      left.filter(({ kind }) => kind !== 'budget'),
      ['regression limit was', 'regression limits were', 'compared'],
    ),
  ].filter((text) => text !== null);
  return told.length === 0 ? null : told.join('; ');
}

function tellUngated(left: ComparisonVerdict[], [one, many, what]: [string, string, string]): string | null {
  const [first, ...others] = new Set(left.flatMap((comparison) => (comparison.gated ? [] : [comparison.cause])));
  if (first === undefined) return null;
  const more = others.length > 0 ? ', and more reasons: see “All comparisons”' : '';
  return `${left.length} ${left.length === 1 ? one : many} not ${what}: ${CAUSE_WORDS[first]}${more}`;
}
