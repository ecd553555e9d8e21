import { formatEstimate, formatLimit, METRIC_NAMES } from '../lib/format.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Section, Text } from './document.ts';
import { KIND_WORDS } from './words.ts';

const waived = ({ comparisons }: VerdictDocument): ComparisonVerdict[] =>
  comparisons.filter(({ waiver }) => waiver !== undefined);

/** Regressions that were agreed on: the limit that holds in place of the configured one, why, and until when. */
export function waiversSection(verdict: VerdictDocument): Section | null {
  const rows = waived(verdict).map((one): Text[] => [
    [{ code: one.function }, ' under ', { code: one.isolation }],
    `${METRIC_NAMES[one.metric]}${KIND_WORDS[one.kind]}`,
    formatEstimate(one),
    `${formatLimit(one.limit, one.unit)} instead of ${one.waiver?.configured}`,
    one.waiver?.reason ?? '',
    one.waiver?.owner ?? '',
    one.waiver?.expires ?? '',
  ]);
  if (rows.length === 0) return null;
  const head = ['Where', 'What', 'Measured', 'Limit', 'Reason', 'Owner', 'Until'];
  return {
    title: 'Waivers in force',
    folded: false,
    blocks: [{ kind: 'table', head, align: ['l', 'l', 'r', 'r', 'l', 'l', 'l'], rows }],
  };
}

const MOST_TOLD = 3;

/** For a pass: comparisons with a waiver, which need not keep their configured limit. */
export function tellWaived(verdict: VerdictDocument): Text[] {
  const kept = waived(verdict).filter((one) => one.gated && one.verdict === 'pass');
  const told = kept
    .slice(0, MOST_TOLD)
    .map(
      (one): Text => [
        { code: one.function },
        ' under ',
        { code: one.isolation },
        `: ${METRIC_NAMES[one.metric]}${KIND_WORDS[one.kind]} has the limit ${formatLimit(one.limit, one.unit)} instead of ${one.waiver?.configured}: waived until ${one.waiver?.expires} by ${one.waiver?.owner}.`,
      ],
    );
  return kept.length > told.length ? [...told, `${kept.length - told.length} more have a waiver: see below.`] : told;
}

/** Expired and unmatched waivers: each fails the run by itself. */
export const tellBadWaivers = ({ verdict, warnings }: VerdictDocument): Text[] =>
  verdict === 'fail'
    ? warnings
        .filter(({ code }) => code === 'waiver-expired' || code === 'waiver-unmatched')
        .map(({ message }) => `${message}.`)
    : [];
