import { stringify } from 'csv-stringify/sync';
import { oneLine } from '../lib/text.ts';
import type { VerdictDocument } from '../model/verdict.ts';

const COLUMNS = [
  ...['gate', 'function', 'isolation', 'metric', 'kind', 'verdict', 'gated', 'unit', 'estimate', 'lower', 'upper'],
  ...['limit', 'confidence', 'blocks', 'emulated', 'reason'],
];

/**
 * RFC 4180, a row a comparison. Text that a spreadsheet would take for a formula gets an apostrophe in front, since names
 * and messages are not ours.
 */
export const toCsv = (verdict: VerdictDocument): string =>
  stringify(
    verdict.comparisons.map((one) => ({
      ...one,
      gate: verdict.gate,
      gated: String(one.gated),
      emulated: String(one.emulated),
      reason: oneLine(one.reason),
    })),
    // Numbers keep their minus: only text can be a formula.
    { header: true, columns: COLUMNS, record_delimiter: 'windows', escape_formulas: true, cast: { number: String } },
  );
