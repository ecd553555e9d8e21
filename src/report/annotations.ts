import { METRIC_NAMES } from '../lib/format.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Annotation } from '../model/warnings.ts';
import { inlines, inlineText } from './document.ts';
import { plainText } from './escape.ts';
import { tell } from './tell-comparison.ts';
import { limitKey, VERDICT_WORDS } from './words.ts';

export interface PlaceOfLine {
  path: string;
  line: number;
}

/** Where what the verdict talks of stands in the repository; null where that is not known. */
export interface SourcePlaces {
  limitOf: (comparison: ComparisonVerdict) => PlaceOfLine | null;
  handlerOf: (functionName: string) => PlaceOfLine | null;
}

const isRed = ({ gated, verdict }: ComparisonVerdict): boolean =>
  gated && (verdict === 'fail' || verdict === 'not-measured');

const levelOf = (one: ComparisonVerdict, enforced: boolean): Annotation['level'] => {
  if (!enforced) return 'notice';
  return one.onBase?.isExcused ? 'warning' : 'failure';
};

const titleOf = ({ gate }: VerdictDocument, one: ComparisonVerdict): string =>
  `Isogate ${gate}: ${one.function} under ${one.isolation}: ${METRIC_NAMES[one.metric]} ${VERDICT_WORDS[one.verdict]}`;

/**
 * Of each gated comparison that is red: one on the line that holds its limit, and one on the function's handler, of the
 * worst there only. Failures; warnings where the base is as red; notices where nothing is enforced.
 */
export function annotationsOf(verdict: VerdictDocument, places: SourcePlaces, enforced: boolean): Annotation[] {
  const red = verdict.comparisons.filter(isRed);
  const of = (one: ComparisonVerdict, place: PlaceOfLine | null, more = ''): Annotation[] =>
    place === null
      ? []
      : [
          {
            ...place,
            level: levelOf(one, enforced),
            title: plainText(titleOf(verdict, one)),
            message: plainText(inlines(tell(one, verdict)).map(inlineText).join('') + more, 2000),
          },
        ];
  const handlers = [...new Set(red.map((one) => one.function))].flatMap((name) => {
    const own = red.filter((one) => one.function === name);
    const [first] = own.filter((one) => !one.onBase?.isExcused).concat(own);
    const rest = own.length > 1 ? ` (${own.length - 1} more of this function: see the report)` : '';
    return first === undefined ? [] : of(first, places.handlerOf(name), rest);
  });
  return [...red.flatMap((one) => of(one, places.limitOf(one), ` Limit: ${limitKey(one)}.`)), ...handlers];
}
