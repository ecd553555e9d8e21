import {
  formatAbsolute,
  formatCost,
  formatEstimate,
  formatInterval,
  formatLimit,
  METRIC_NAMES,
} from '../lib/format.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import type { Block, Inline, Strip, Text } from './document.ts';
import type { Cell, Row } from './rows.ts';
import { againstWords, KIND_WORDS, VERDICT_WORDS } from './words.ts';

interface Column {
  head: string;
  align: 'l' | 'r';
  text: (row: Row) => Text;
}

const onBase = ({ cells: { latency } }: Row): number | null => latency.comparison?.onBase?.estimate ?? null;

const listColumns = (rows: Row[]): Column[] => [
  { head: 'Function', align: 'l', text: (row) => ({ code: row.function }) },
  { head: 'Isolation', align: 'l', text: isolationText },
  { head: 'Latency overhead', align: 'r', text: latencyText },
  ...(rows.some((row) => onBase(row) !== null) ? [{ head: 'On the base', align: 'r' as const, text: onBaseText }] : []),
  { head: 'Budget', align: 'r', text: (row) => budgetText(row.cells.latency) },
  { head: 'Cold start', align: 'r', text: (row) => sizeText('cold_start', row) },
  { head: 'Memory', align: 'r', text: (row) => sizeText('memory', row) },
  // Samples of other programs, and of earlier versions, have none.
  ...(rows.some(hasPeak) ? [{ head: 'Peak memory', align: 'r' as const, text: peakText }] : []),
  { head: 'Verdict', align: 'l', text: verdictText },
];

/** The one table: function × isolation. */
export const overviewTable = (rows: Row[]): Extract<Block, { kind: 'table' }> => {
  const columns = listColumns(rows);
  return {
    kind: 'table',
    head: columns.map(({ head }) => head),
    align: columns.map(({ align }) => align),
    rows: rows.map((row) => columns.map(({ text }) => text(row))),
    isGrouped: true,
  };
};

function onBaseText(row: Row): string {
  const value = onBase(row);
  return value === null || row.cells.latency.comparison === null
    ? '–'
    : formatCost(value, row.cells.latency.comparison.unit);
}

const isolationText = (row: Row): Text =>
  row.emulated ? [{ code: row.isolation }, ' ', { em: 'emulated' }] : { code: row.isolation };

function latencyText({ cells: { latency }, control }: Row): Text {
  if (control) return latency.absolute === null ? '–' : `= ${formatAbsolute('latency', latency.absolute)}`;
  return overheadText(latency);
}

function overheadText({ comparison, rough }: Cell): Text {
  if (comparison?.estimate != null) {
    const interval = formatInterval(comparison);
    const { estimate, unit, upper } = comparison;
    return interval === null
      ? formatEstimate(comparison)
      : [formatCost(estimate, unit, upper ?? estimate), ` (${interval})`];
  }
  if (rough !== null) return `~${formatCost(rough, 'x')}`;
  return comparison === null ? '–' : 'not resolved';
}

const budgetText = ({ comparison }: Cell): Text => (comparison === null ? '–' : limitText(comparison));

/** A limit that decides nothing is named as well, so that nobody takes it for kept. */
const limitText = ({ limit, unit, gated }: ComparisonVerdict): string[] => [
  formatLimit(limit, unit),
  ...(gated ? [] : [' (not gated)']),
];

/** `+182 ms of +250 ms, 231 ms`: overhead, its budget where it has one, and the absolute median. */
const hasPeak = ({ cells: { memory_peak } }: Row): boolean => memory_peak.absolute !== null;

/** Sampling misses what lasts shorter than its interval, so a sampled peak is marked. */
const peakText = (row: Row): Text => [
  ...sizeText('memory_peak', row),
  row.peakSource === 'kernel' ? '' : ` (${row.peakSource})`,
];

function sizeText(metric: 'cold_start' | 'memory' | 'memory_peak', row: Row): string[] {
  const { comparison, absolute, rough } = row.cells[metric];
  const parts: string[] = [];
  if (!row.control && comparison?.estimate != null) {
    const mark = formatInterval(comparison) === null ? '~' : '';
    const cost = formatCost(comparison.estimate, comparison.unit);
    const [limit, ...rest] = limitText(comparison);
    parts.push(`${mark}${cost}`, ` of ${limit}`, ...rest);
  } else if (rough !== null) parts.push(`~${formatCost(rough, 'x')}`);
  if (absolute !== null) parts.push(`${parts.length === 0 ? '' : ' '}= ${formatAbsolute(metric, absolute)}`);
  return parts.length === 0 ? ['–'] : parts;
}

function verdictText(row: Row): Text {
  if (row.reason !== null)
    return [{ verdict: 'not-measured', text: VERDICT_WORDS['not-measured'] }, { reason: row.reason }];
  if (row.verdict === 'control' || row.verdict === 'not-gated') return VERDICT_WORDS[row.verdict];
  const own: Inline = { verdict: row.verdict, text: VERDICT_WORDS[row.verdict] };
  const blamed = row.comparisons.filter((one) => one.gated && one.verdict === row.verdict);
  if (row.verdict === 'pass') return own;
  if (row.verdict === 'fail' && blamed.every((one) => one.onBase?.isInherited))
    return [{ verdict: 'fail', text: 'over budget' }, { reason: 'so on the base already' }];
  const names = [...new Set(blamed.map((one) => METRIC_NAMES[one.metric] + KIND_WORDS[one.kind]))];
  return [own, ':', ...names.map((name, index) => ` ${name}${index < names.length - 1 ? ',' : ''}`)];
}

/** One strip a comparison that has an interval, in the verdict's order. */
export function buildStrips(verdict: VerdictDocument): Strip[] {
  return verdict.comparisons.flatMap((one) => {
    const { estimate, lower, upper, limit, unit } = one;
    if (estimate === null || (lower === null && upper === null)) return [];
    const change = one.kind === 'budget' ? '' : ` against ${againstWords(one)}`;
    return {
      label: `${one.function} · ${one.isolation} · ${METRIC_NAMES[one.metric]}${change}${one.emulated ? ' (emulated)' : ''}`,
      verdict: one.verdict,
      gated: one.gated,
      neutral: one.scale === 'ratio' ? 1 : 0,
      estimate,
      lower,
      upper,
      limit,
      caption: `${formatEstimate(one)}, limit ${formatLimit(limit, unit)}`,
    };
  });
}
