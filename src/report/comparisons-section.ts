import { formatConfidence, formatEstimate, formatInterval, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Section, Text } from './document.ts';
import { EARLY_WORDS } from './early.ts';
import { BUILD_FAILED, type Row } from './rows.ts';
import { worth } from './why.ts';
import { againstWords, CAUSE_WORDS, VERDICT_WORDS } from './words.ts';

/** Every comparison with its numbers and its reason. */
export function comparisonsSection({ comparisons }: VerdictDocument, rows: Row[]): Section | null {
  if (comparisons.length === 0) return null;
  const head = ['Function', 'Isolation', 'Metric', 'Measured', 'Limit', 'Blocks', 'Verdict', 'Reason'];
  const align: ('l' | 'r')[] = ['l', 'l', 'l', 'r', 'r', 'r', 'l', 'l'];
  return {
    title: `All comparisons (${comparisons.length})`,
    folded: true,
    blocks: [
      { kind: 'table', head, align, rows: comparisons.map((one) => comparisonRow(one, rows)) },
      ...explainWords(comparisons).map((text) => ({ kind: 'paragraph' as const, text })),
    ],
  };
}

/** Two digits, rounded up, because p is an upper bound. */
function chance(p: number): string {
  if (p >= 1) return '1';
  const step = 10 ** (Math.floor(Math.log10(p)) - 1);
  return String(Number((Math.ceil(p / step - 1e-9) * step).toPrecision(2)));
}

/** Explains the words “p”, “early”, “each”, “by its mean” and “worth” where the table has them. */
const explainWords = (comparisons: ComparisonVerdict[]): string[] => [
  ...(comparisons.some(({ p }) => p !== undefined)
    ? [
        'p: if every limit of this run were kept, at most this share of runs would find so much against one of them. A fail needs at most 0.01.',
      ]
    : []),
  ...(comparisons.some(({ early }) => early !== undefined)
    ? [
        '“Early”, “each” and “by its mean”: decided after few blocks, by tests that have at most 7 % of the allowed share of wrong verdicts; what they take for granted is told below the overheads.',
      ]
    : []),
  ...(comparisons.some(({ effectiveBlocks }) => effectiveBlocks !== undefined)
    ? [
        'A block is one round in which every isolation is started once. Where neighbouring blocks are alike, because something on the machine changes slowly, they say less than as many independent blocks would. “Worth” says how many independent blocks they count as.',
      ]
    : []),
];

const blocksText = ({ blocks, effectiveBlocks, early }: ComparisonVerdict): string => {
  if (early !== undefined) return `${blocks}${EARLY_WORDS[early]}`;
  return effectiveBlocks === undefined ? String(blocks) : `${blocks}, worth ${worth(effectiveBlocks)}`;
};

const isUnbuilt = (one: ComparisonVerdict, rows: Row[]): boolean =>
  rows.some((row) => row.function === one.function && row.buildFailure !== null);

const comparisonRow = (one: ComparisonVerdict, rows: Row[]): Text[] => [
  { code: one.function },
  one.emulated ? [{ code: one.isolation }, ' ', { em: 'emulated' }] : { code: one.isolation },
  `${METRIC_NAMES[one.metric]}${one.kind === 'budget' ? '' : ` against ${againstWords(one)}`}`,
  `${formatEstimate(one)}${formatInterval(one) === null ? '' : ` at ${formatConfidence(one.confidence)}`}`,
  formatLimit(one.limit, one.unit),
  blocksText(one),
  `${VERDICT_WORDS[one.verdict]}${one.gated ? '' : `, not gated: ${CAUSE_WORDS[one.cause]}`}${one.p === undefined ? '' : `, p ≤ ${chance(one.p)}`}`,
  isUnbuilt(one, rows) ? BUILD_FAILED : one.reason,
];
