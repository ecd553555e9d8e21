import { formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';

/** How many comparisons are told in words; the table has the others. */
export const TOLD = 3;

export const place = (one: ComparisonVerdict): Inline[] => [{ code: one.function }, ' under ', { code: one.isolation }];

/** Passed all the same although its interval reaches the limit: only the floor of regressions does that. */
const isTrifle = ({ kind, verdict, upper, limit }: ComparisonVerdict): boolean =>
  kind !== 'budget' && verdict === 'pass' && upper !== null && upper >= limit;

/**
 * How much was held against limits, what passed only because it is too small to count, and what was not compared.
 * @param areOthers something broken is told of beside them
 */
export function tellPass(gated: ComparisonVerdict[], notCompared: string | null, areOthers = false): Text[] {
  const same = gated.filter(({ against }) => against?.source === 'same-image');
  const measured = gated.length - same.length;
  const trifles = gated.filter(isTrifle);
  const within = measured - trifles.length;
  const sameText = tellSame(same.length);
  if (measured === 0) return [...sameText, ...(notCompared === null ? [] : [`${notCompared}.`])];
  const other = areOthers ? 'other ' : '';
  const count =
    trifles.length > 0
      ? `${within} of ${measured} gated comparisons are`
      : within === 1
        ? `The one ${other}gated comparison is`
        : `All ${within} ${other}gated comparisons are`;
  const told = trifles
    .slice(0, TOLD)
    .map((one): Text => [...place(one), `: ${METRIC_NAMES[one.metric]} `, ...trifle(one)]);
  const rest = trifles.length - told.length;
  return [
    within === 0
      ? 'What was gated grew by too little to count:'
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

const trifle = (one: ComparisonVerdict): Inline[] => [
  `grew by ${formatEstimate(one)} against a limit of ${formatLimit(one.limit, one.unit)}, but so little in all that it does not count (`,
  { code: 'regression.floor' },
  `): ${one.reason}`,
];
