import { formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';
import { place } from './tell-comparison.ts';

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

/** In short why growth was not compared, by the code of what stood in the way; the list of all comparisons has it whole. */
const NOT_COMPARED: Record<string, string> = {
  'no-baseline': 'no baseline yet',
  'no-base': 'this run has no base revision',
  'base-failed': 'the base could not be measured',
  'fingerprint-differs': 'the baseline was measured under other conditions',
  'isolation-unusable': 'the isolation cannot run here',
  emulated: 'the isolation is emulated in software',
};

/**
 * `3 regression limits were not compared: no baseline yet`: a pass says nothing about them, so it must not look as if it
 * did. Null where every regression limit was compared.
 */
export function tellNotCompared(comparisons: ComparisonVerdict[]): string | null {
  const left = comparisons.filter((one) => one.kind !== 'budget' && !one.gated);
  if (left.length === 0) return null;
  const count = left.length === 1 ? '1 regression limit was' : `${left.length} regression limits were`;
  const reasons = new Set(left.map(({ obstacle }) => NOT_COMPARED[obstacle ?? ''] ?? null));
  const [first = null] = reasons;
  const more = reasons.size > 1 ? ', and more reasons: see “All comparisons”' : '';
  return `${count} not compared: ${first === null ? 'see “All comparisons”' : `${first}${more}`}`;
}
