import type { FunctionProgress } from '../model/progress.ts';
import { overviewTable } from './overview.ts';
import { buildRows } from './rows.ts';
import { createPaint } from './terminal/paint.ts';
import { renderTable } from './terminal/terminal-table.ts';
import type { TerminalLook } from './terminal/to-terminal.ts';

/** In larger runs a table for each function would hide the other lines; the report has them all. */
const MOST_FUNCTIONS = 12;

/**
 * The rows of one function as soon as they are decided, so that nobody waits for the others to see them. None where the report
 * follows at once, which has them too.
 */
export function renderFunctionTable(
  { function: name, of, decideNow }: Pick<FunctionProgress, 'function' | 'of' | 'decideNow'>,
  { width, hasColor }: Pick<TerminalLook, 'width' | 'hasColor'>,
): string[] {
  if (of < 2 || of > MOST_FUNCTIONS) return [];
  const { verdict, samples } = decideNow();
  // Isolations without a limit are measured after the others.
  const rows = buildRows(verdict, samples).filter(
    (row) => row.function === name && (row.reason === null || row.comparisons.some(({ gated }) => gated)),
  );
  return renderTable(overviewTable(rows), { width, proseWidth: width, paint: createPaint(hasColor) });
}
