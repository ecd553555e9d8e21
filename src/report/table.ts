import type { Block, Inline, Text } from './document.ts';
import { formatAbsolute, formatCost, formatEstimate, formatInterval, formatLimit } from './format.ts';
import type { Cell, Row } from './rows.ts';
import { METRIC_WORDS, VERDICT_MARKS, VERDICT_WORDS } from './words.ts';

const HEAD = ['Function', 'Isolation', 'Latency overhead', 'Budget', 'Cold start', 'Memory', 'Verdict'];

/** The one table: function × isolation. */
export const overviewTable = (rows: Row[]): Extract<Block, { kind: 'table' }> => ({
  kind: 'table',
  head: HEAD,
  align: ['l', 'l', 'r', 'r', 'r', 'r', 'l'],
  rows: rows.map((row) => [
    { code: row.function },
    isolationText(row),
    latencyText(row),
    budgetText(row.cells.latency),
    sizeText('cold_start', row),
    sizeText('memory', row),
    verdictText(row),
  ]),
});

const isolationText = (row: Row): Text =>
  row.emulated ? [{ code: row.isolation }, ' ', { em: 'emulated' }] : { code: row.isolation };

function latencyText({ cells: { latency }, control }: Row): string {
  if (control) return latency.absolute === null ? '–' : `= ${formatAbsolute('latency', latency.absolute)}`;
  return overheadText(latency);
}

function overheadText({ comparison, rough }: Cell): string {
  if (comparison?.estimate != null) return formatEstimate(comparison);
  if (rough !== null) return `~${formatCost(rough, 'x')}`;
  return comparison === null ? '–' : 'not resolved';
}

const budgetText = ({ comparison }: Cell): string =>
  comparison?.gated ? formatLimit(comparison.limit, comparison.unit) : '–';

/** `+182 ms of +250 ms, 231 ms`: overhead, its budget where it has one, and the absolute median. */
function sizeText(metric: 'cold_start' | 'memory', row: Row): string {
  const { comparison, absolute, rough } = row.cells[metric];
  const parts: string[] = [];
  if (!row.control && comparison?.estimate != null) {
    const mark = formatInterval(comparison) === null ? '~' : '';
    const cost = formatCost(comparison.estimate, comparison.unit);
    const budget = comparison.gated ? ` of ${formatLimit(comparison.limit, comparison.unit)}` : '';
    parts.push(`${mark}${cost}${budget}`);
  } else if (rough !== null) parts.push(`~${formatCost(rough, 'x')}`);
  if (absolute !== null) parts.push(`= ${formatAbsolute(metric, absolute)}`);
  return parts.join(' ') || '–';
}

function verdictText(row: Row): Text {
  if (row.reason !== null) return [`🚫 ${VERDICT_WORDS['not-measured']}: `, row.reason];
  if (row.verdict === 'control' || row.verdict === 'not-gated') return VERDICT_WORDS[row.verdict];
  const text = `${VERDICT_MARKS[row.verdict]} ${VERDICT_WORDS[row.verdict]}`;
  const blamed = row.comparisons.filter((one) => one.gated && one.verdict === row.verdict);
  if (row.verdict === 'pass') return text;
  const names = [
    ...new Set(blamed.map((one) => METRIC_WORDS[one.metric] + (one.kind === 'regression' ? ' growth' : ''))),
  ];
  const inline: Inline[] = [row.verdict === 'fail' ? { strong: text } : text, `: ${names.join(', ')}`];
  return inline;
}
