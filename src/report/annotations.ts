import { METRIC_NAMES } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import { withoutTicks } from '../lib/text.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Annotation } from '../model/warnings.ts';
import { inlines, inlineText } from './document.ts';
import { plainText } from './escape.ts';
import { tell } from './tell-comparison.ts';
import { countOf, limitKey, VERDICT_WORDS } from './words.ts';

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

/** What is not measured for one reason has one cause; so have all limits of one cost that is over them. */
const causeOf = (one: ComparisonVerdict): string =>
  JSON.stringify(one.verdict === 'fail' ? [one.function, one.isolation, one.metric] : [one.reason]);

/**
 * One remark for each cause of gated comparisons that failed or were not measured: of a fail on the function's handler, else
 * on the line of its limit. Its level is a failure; a warning where the base fails as well; a notice where nothing is
 * enforced.
 */
export function buildAnnotations(verdict: VerdictDocument, places: SourcePlaces, enforced: boolean): Annotation[] {
  const causes = groupBy(verdict.comparisons.filter(isRed), causeOf);
  return [...causes.values()].flatMap((own): Annotation[] => {
    const [first] = own.filter((one) => !one.onBase?.isExcused).concat(own);
    if (first === undefined) return [];
    const handler = first.verdict === 'fail' ? places.handlerOf(first.function) : null;
    const place = handler ?? places.limitOf(first);
    if (place === null) return [];
    const rest = own.length > 1 ? ` ${countOf(own.length - 1, 'more limit')} for the same cause: see the report.` : '';
    const told = inlines(tell(first, verdict)).map(inlineText).join('');
    const end = /[.!?]$/.test(told) ? '' : '.';
    const message = `${told}${end} Limit: ${limitKey(first)}.${rest}`;
    return [
      {
        ...place,
        level: chooseLevel(first, enforced),
        title: plainText(writeTitle(verdict, first)),
        message: plainText(withoutTicks(message), 2000),
      },
    ];
  });
}
