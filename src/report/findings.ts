/** A run in three sentences, for the end of a terminal's output: how its limits did, what isolation costs, what is not known. */

import { formatCost, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import type { Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Inline, Text } from './document.ts';
import { byExcess } from './headline.ts';
import { controlName, type Row } from './rows.ts';
import { place } from './tell-comparison.ts';
import { countOf, KIND_WORDS } from './words.ts';

/** Isolations that are named in one sentence; the table has all. */
const MOST_NAMED = 4;

export const listFindings = (verdict: VerdictDocument, samples: Samples, rows: Row[]): Text[] => [
  tellLimits(verdict),
  tellCosts(rows, controlName(samples)),
  tellUnknown(rows),
];

const OUTCOMES = {
  fail: ['is broken', 'are broken'],
  'not-measured': ['could not be measured', 'could not be measured'],
  inconclusive: ['is not decided', 'are not decided'],
  pass: ['is kept', 'are kept'],
} as const;

function tellLimits({ comparisons }: VerdictDocument): Text {
  const gated = comparisons.filter((one) => one.gated);
  if (gated.length === 0) return 'Nothing was held against a limit.';
  const functions = new Set(gated.map((one) => one.function)).size;
  const limits = `${countOf(gated.length, 'limit')} of ${countOf(functions, 'function')}`;
  const byVerdict = groupBy(gated, (one) => one.verdict);
  const counts = (['fail', 'not-measured', 'inconclusive', 'pass'] as const).flatMap((verdict) => {
    const { length } = byVerdict.get(verdict) ?? [];
    return length === 0 ? [] : [`${length} ${OUTCOMES[verdict][length === 1 ? 0 : 1]}`];
  });
  if (byVerdict.get('pass')?.length === gated.length)
    return gated.length === 1 ? 'The one limit is kept.' : `All ${limits} are kept.`;
  const worst = (byVerdict.get('fail') ?? byVerdict.get('not-measured') ?? byVerdict.get('inconclusive') ?? [])
    .toSorted(byExcess)
    .at(0);
  return [`Of ${limits}, ${joinWords(counts)}`, ...(worst === undefined ? [] : tellFirst(worst)), '.'];
}

const tellFirst = (one: ComparisonVerdict): Inline[] => [
  `; the first to look at is ${METRIC_NAMES[one.metric]}${KIND_WORDS[one.kind]} of `,
  ...place(one),
  one.estimate === null
    ? ''
    : ` (${formatCost(one.estimate, one.unit)} against a limit of ${formatLimit(one.limit, one.unit)})`,
];

/** `a`, `a and b`, `a, b and c` */
const joinWords = (words: string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Over the functions, from the smallest to the largest. */
function tellCosts(rows: Row[], control: string): Text {
  const measured = rows.filter((row) => !row.control && !row.emulated && row.reason === null);
  const told = [...groupBy(measured, ({ isolation }) => isolation)].flatMap(([isolation, own]) => {
    const costs = [tellRange(own, 'latency', 'x', 'a call'), tellRange(own, 'cold_start', 'ms', 'a cold start')];
    const known = costs.filter((cost) => cost !== null);
    return known.length === 0 ? [] : [{ isolation, text: known.join(' and ') }];
  });
  if (told.length === 0) return ['Nothing was compared with ', { code: control }, '.'];
  const more = told.length - MOST_NAMED;
  return [
    'Compared with ',
    { code: control },
    ...told
      .slice(0, MOST_NAMED)
      .flatMap(({ isolation, text }, index): Inline[] => [
        index === 0 ? ', ' : '; ',
        { code: isolation },
        ` costs ${text}`,
      ]),
    more > 0 ? `; ${more} more isolations are in the table.` : '.',
  ];
}

function tellRange(rows: Row[], metric: 'latency' | 'cold_start', unit: 'x' | 'ms', per: string): string | null {
  const values = rows.flatMap(({ cells }) => {
    const { comparison, rough } = cells[metric];
    if (comparison?.estimate != null && comparison.unit === unit) return [comparison.estimate];
    return unit === 'x' && rough !== null ? [rough] : [];
  });
  if (values.length === 0) return null;
  const least = Math.min(...values);
  const most = Math.max(...values);
  const range = least === most ? '' : `${formatCost(least, unit, most)} to `;
  return `${range}${formatCost(most, unit)} ${per}`;
}

function tellUnknown(rows: Row[]): Text {
  const names = (some: Row[]): string[] => [...new Set(some.map(({ isolation }) => isolation))];
  const emulated = names(rows.filter((row) => row.emulated && row.reason === null));
  const missing = names(rows.filter((row) => row.reason !== null));
  const some = missing.filter((name) => rows.some((row) => row.isolation === name && row.reason === null));
  const free = names(rows.filter((row) => !row.emulated && row.verdict === 'not-gated'));
  const parts: Inline[][] = [
    ...(emulated.length === 0
      ? []
      : [[...listCodes(emulated), ` ${isOrAre(emulated)} emulated here, which says nothing about real hardware`]]),
    ...(missing.length === 0
      ? []
      : [[...listCodes(missing), ` could not be measured${some.length > 0 ? ' for some of the functions' : ''}`]]),
    ...(free.length === 0 ? [] : [[...listCodes(free), ` ${isOrAre(free)} not held against a limit`]]),
  ];
  if (parts.length === 0) return 'Every isolation was measured and held against a limit.';
  return [...parts.flatMap((part, index) => (index === 0 ? part : ['; ', ...part])), '.'];
}

const isOrAre = (names: string[]): string => (names.length === 1 ? 'is' : 'are');

const listCodes = (names: string[]): Inline[] =>
  names
    .slice(0, MOST_NAMED)
    .flatMap((name, index): Inline[] => [index === 0 ? '' : ', ', { code: name }])
    .concat(names.length > MOST_NAMED ? [` and ${names.length - MOST_NAMED} more`] : []);
