import { formatAmount, formatEstimate, formatShare, METRIC_NAMES } from '../lib/format.ts';
import type { Attribution, ComparisonVerdict, Modes, Shift, VerdictDocument } from '../model/verdict.ts';
import type { Inline, Section, Text } from './document.ts';
import { countOf } from './words.ts';

const INTRODUCTIONS: Record<Attribution['cause'], string> = {
  'treatment-slower': 'Why: ',
  'control-faster': 'Why: ',
  both: 'Why: ',
  conditions: '',
  unclear: 'Why is not clear: ',
};

/** A broken budget and a regression in the same place have one reason, which is told with the first of them. */
export function firstsByWhy(comparisons: ComparisonVerdict[]): ComparisonVerdict[] {
  const firsts = new Map<string, ComparisonVerdict>();
  for (const one of comparisons) {
    if (one.attribution === undefined) continue;
    const key = JSON.stringify([one.function, one.isolation, one.metric, one.attribution.summary]);
    if (!firsts.has(key)) firsts.set(key, one);
  }
  return [...firsts.values()];
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** ` Why: gvisor itself got 9.8 % slower (…).`, or nothing where it was not looked into. */
export function whyText({ attribution }: ComparisonVerdict): string {
  if (attribution === undefined) return '';
  const introduction = INTRODUCTIONS[attribution.cause];
  return ` ${introduction === '' ? sentence(attribution.summary) : `${introduction}${attribution.summary}.`}`;
}

/** `gvisor jumps between two levels, 12.1 ms (70% of its starts) and 15.3 ms (30%)`. */
const modesText = ({ arm, low, high, highShare, unit }: Modes): string =>
  `${arm} jumps between two levels, ${formatAmount(low, unit)} (${formatShare(1 - highShare)} of its starts) and ${formatAmount(high, unit)} (${formatShare(highShare)})`;

/** What makes the numbers of one comparison say less than they seem to; empty where nothing does. */
export function doubtText({ blocks, effectiveBlocks, modes = [] }: ComparisonVerdict): string {
  const doubts = [
    ...modes.map((one) => `${modesText(one)}; a median of both says little.`),
    ...(effectiveBlocks === undefined ? [] : [sentence(tellAlike(blocks, effectiveBlocks))]),
  ];
  return doubts.map((text) => ` ${text}`).join('');
}

/** Half a sentence: what it means that blocks are serially correlated, and what they are worth. */
export const tellAlike = (blocks: number, effectiveBlocks: number): string =>
  `neighbouring blocks were alike (each mostly repeats what the one before it showed, as when something on the machine changes slowly), so its ${countOf(blocks, 'block')} count as ${worth(effectiveBlocks)} independent ${effectiveBlocks === 1 ? 'block' : 'blocks'}`;

export const worth = (effectiveBlocks: number): string => String(Number(effectiveBlocks.toPrecision(3)));

const CAUSES: Record<Attribution['cause'], string> = {
  'treatment-slower': 'this isolation got worse',
  'control-faster': 'the control got better',
  both: 'this isolation got worse and the control got better',
  conditions: 'the conditions differ',
  unclear: 'not clear',
};

const shiftRow = (shift: Shift): Text[] => [
  shift.what,
  formatAmount(shift.before, shift.unit),
  formatAmount(shift.now, shift.unit),
  formatEstimate({ ...shift, unit: 'x' }),
  shift.moved ?? 'not proven',
];

const describeCause = ({ metric, isolation }: ComparisonVerdict, cause: Attribution['cause']): string =>
  metric === 'control' && cause === 'treatment-slower' ? `${isolation} itself got slower` : CAUSES[cause];

function explained(one: ComparisonVerdict, attribution: Attribution): Section['blocks'] {
  const place: Inline[] = [
    { code: one.function },
    ' under ',
    { code: one.isolation },
    `: ${METRIC_NAMES[one.metric]}: `,
  ];
  const text = [...place, { strong: describeCause(one, attribution.cause) }, `: ${attribution.summary}.`];
  const head = ['What', 'Before', 'Now', 'Change (95% interval)', 'Moved'];
  const rows = attribution.shifts.map(shiftRow);
  return [
    { kind: 'paragraph', text },
    ...(rows.length === 0
      ? []
      : [{ kind: 'table' as const, head, align: ['l', 'r', 'r', 'r', 'l'] as ('l' | 'r')[], rows }]),
    ...(attribution.conditions.length === 0 ? [] : [{ kind: 'list' as const, items: attribution.conditions }]),
  ];
}

/** Every number that was compared to find the reason, before and now. */
export function whySection({ comparisons }: VerdictDocument): Section | null {
  const firsts = firstsByWhy(comparisons);
  if (firsts.length === 0) return null;
  const told = firsts.flatMap((one) => (one.attribution ? explained(one, one.attribution) : []));
  const note =
    'Medians before (on the base, or in the stored baseline) and now. “Moved” needs an interval that excludes no change, and a change of more than 1%. About one of twenty rows moves by chance.';
  return { title: `Why (${firsts.length})`, folded: true, blocks: [...told, { kind: 'paragraph', text: note }] };
}

/** Arms that jump between two levels; each once, however many comparisons it takes part in. */
export function modesSection({ comparisons }: VerdictDocument): Section | null {
  const items = new Map<string, Text>();
  for (const one of comparisons)
    for (const modes of one.modes ?? []) {
      const text = `: ${METRIC_NAMES[one.metric]}: ${modesText(modes)}`;
      items.set(`${one.function}${text}`, [{ code: one.function }, text]);
    }
  if (items.size === 0) return null;
  const note =
    'What the table shows of these arms lies between the two levels and depends on how often each level occurs. Look for what differs from start to start: the placement of memory or CPUs, a cache, a clock frequency.';
  return {
    title: 'Two levels',
    folded: false,
    blocks: [
      { kind: 'list', items: [...items.values()] },
      { kind: 'paragraph', text: note },
    ],
  };
}
