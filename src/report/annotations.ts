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

/** Lines of the repository that a verdict is about; null where they are not known. */
export interface SourcePlaces {
  limitOf: (comparison: ComparisonVerdict) => PlaceOfLine | null;
  handlerOf: (functionName: string) => PlaceOfLine | null;
}

const isRed = ({ gated, verdict }: ComparisonVerdict): boolean =>
  gated && (verdict === 'fail' || verdict === 'not-measured');

const chooseLevel = (one: ComparisonVerdict, enforced: boolean): Annotation['level'] => {
  if (!enforced) return 'notice';
  return one.onBase?.isExcused ? 'warning' : 'failure';
};

const writeTitle = ({ gate }: VerdictDocument, one: ComparisonVerdict): string =>
  `Isogate ${gate}: ${one.function} under ${one.isolation}: ${METRIC_NAMES[one.metric]} ${VERDICT_WORDS[one.verdict]}`;

/**
 * For each gated comparison that failed or was not measured: a remark on the line of its limit, and for the worst of each
 * function one on its handler. Its level is a failure; a warning where the base fails as well; a notice where nothing is
 * enforced.
 */
export function buildAnnotations(verdict: VerdictDocument, places: SourcePlaces, enforced: boolean): Annotation[] {
  const red = verdict.comparisons.filter(isRed);
  const of = (one: ComparisonVerdict, place: PlaceOfLine | null, more = ''): Annotation[] =>
    place === null
      ? []
      : [
          {
            ...place,
            level: chooseLevel(one, enforced),
            title: plainText(writeTitle(verdict, one)),
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
