/** A table that fits its width: in several parts, with cells of several lines, or where that is not enough with a list for each row. */

import { sum } from 'simple-statistics';
import stringWidth from 'string-width';
import { type Block, inlines, type Text } from '../document.ts';
import type { Paint, Sheet } from './paint.ts';
import { type Breaks, hang, leastWidth, styleText, wrap } from './terminal-text.ts';

type Table = Extract<Block, { kind: 'table' }>;

const GAP = '  ';

export function renderTable(table: Table, { width, proseWidth, paint }: Sheet): string[] {
  const { notes, rows } = takeReasons(table.rows);
  const below = notes.flatMap((note, index) => hang(`[${index + 1}] `, styleText(note, paint), proseWidth));
  return [...renderRows({ ...table, rows }, width, paint), ...(notes.length === 0 ? [] : ['', ...below])];
}

/** Reasons are sentences, so they stand below the table, each once, and the cells have its number. */
function takeReasons(rows: Text[][]): { notes: string[]; rows: Text[][] } {
  const notes: string[] = [];
  const numberOf = (reason: string): number => {
    if (!notes.includes(reason)) notes.push(reason);
    return notes.indexOf(reason) + 1;
  };
  const noted = rows.map((row) =>
    row.map(
      (cell): Text =>
        inlines(cell).map((inline) =>
          typeof inline !== 'string' && 'reason' in inline ? ` [${numberOf(inline.reason)}]` : inline,
        ),
    ),
  );
  return { notes, rows: noted };
}

/** A grouped table is rather split into several than broken within a phrase. */
function renderRows(table: Table, width: number, paint: Paint): string[] {
  const whole = table.isGrouped ? splitColumns(table, width, paint) : null;
  if (whole !== null) return whole;
  return renderColumns(table, width, paint, 'words') ?? renderLists(table, width, paint);
}

/**
 * As many tables as it takes, each with the group, the name of the row and some of the columns in their order; the last column,
 * which says what came of it all, stands in the first one. Null where a column is too wide for that.
 */
function splitColumns(table: Table, width: number, paint: Paint): string[] | null {
  const render = (columns: number[]): string[] | null =>
    renderColumns(pickColumns(table, [0, 1, ...columns]), width, paint, 'phrases');
  const last = table.head.length - 1;
  let left = Array.from({ length: Math.max(0, last - 2) }, (_, index) => index + 2);
  let lines: string[] | null = null;
  while (left.length > 0 || lines === null) {
    const always: number[] = lines === null ? [last] : [];
    let count = left.length;
    let part = render([...left.slice(0, count), ...always]);
    while (part === null && count > 0) {
      count -= 1;
      part = render([...left.slice(0, count), ...always]);
    }
    if (part === null || (count === 0 && left.length > 0)) return null;
    lines = lines === null ? part : [...lines, '', ...part];
    left = left.slice(count);
  }
  return lines;
}

const pickColumns = (table: Table, columns: number[]): Table => ({
  ...table,
  head: columns.map((column) => table.head[column] ?? ''),
  align: columns.map((column) => table.align[column] ?? 'l'),
  rows: table.rows.map((row) => columns.map((column) => row[column] ?? '')),
});

/** Null where the columns do not fit. */
function renderColumns(table: Table, width: number, paint: Paint, breaks: Breaks): string[] | null {
  const skip = table.isGrouped ? 1 : 0;
  const indent = ' '.repeat(2 * skip);
  const head = table.head.slice(skip).map((title) => paint.strong(styleText(title, paint)));
  const body = table.rows.map((row) => row.slice(skip).map((cell) => styleText(cell, paint, breaks)));
  const cellsOf = (column: number): string[] => [head, ...body].map((row) => row[column] ?? '');
  const natural = head.map((_, column) => Math.max(...cellsOf(column).map((cell) => stringWidth(cell))));
  const least = head.map((_, column) => Math.max(...cellsOf(column).map(leastWidth)));
  const widths = fitColumns(natural, least, width - indent.length - GAP.length * (head.length - 1));
  if (widths === null) return null;
  const line = (cells: string[]): string[] => layOut(cells, widths, table.align.slice(skip)).map((one) => indent + one);
  const rule = paint.faint('─'.repeat(indent.length + sum(widths) + GAP.length * (widths.length - 1)));
  return [
    ...line(head),
    rule,
    ...body.flatMap((cells, index) => [...groupHead(table, index, width, paint), ...line(cells)]),
  ];
}

/** Above the first of the rows that share their first cell. */
function groupHead({ isGrouped, rows }: Table, index: number, width: number, paint: Paint): string[] {
  if (!isGrouped) return [];
  const nameOf = (row: Text[] | undefined): string => styleText(row?.[0] ?? '', paint);
  const name = nameOf(rows[index]);
  if (index > 0 && nameOf(rows[index - 1]) === name) return [];
  return [...(index === 0 ? [] : ['']), ...wrap(name, width)];
}

/** Widths of the columns, of which the widest give way first; null where even the narrowest do not fit. */
export function fitColumns(natural: number[], least: number[], room: number): number[] | null {
  if (sum(least) > room) return null;
  const capped = (cap: number): number[] =>
    natural.map((width, column) => Math.max(least[column] ?? 0, Math.min(width, cap)));
  let cap = Math.max(...natural);
  while (sum(capped(cap)) > room) cap -= 1;
  return capped(cap);
}

/** One row as the lines that its tallest cell needs. */
function layOut(cells: string[], widths: number[], align: Table['align']): string[] {
  const wrapped = cells.map((cell, column) => wrap(cell, widths[column] ?? 1));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, at) =>
    wrapped
      .map((lines, column) => pad(lines[at] ?? '', widths[column] ?? 0, align[column] ?? 'l'))
      .join(GAP)
      .trimEnd(),
  );
}

const pad = (text: string, width: number, align: 'l' | 'r'): string => {
  const blank = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'l' ? text + blank : blank + text;
};

/** For terminals that are too narrow for columns: each row as a heading, and a line for each of its cells. */
function renderLists(table: Table, width: number, paint: Paint): string[] {
  const skip = table.isGrouped ? 1 : 0;
  const [, ...titles] = table.head.slice(skip);
  const label = Math.max(...titles.map((title) => stringWidth(title)));
  return table.rows.flatMap((row, index) => {
    const [name = '', ...cells] = row.slice(skip);
    const lines = cells.flatMap((cell, column) =>
      hang(`    ${paint.faint((titles[column] ?? '').padEnd(label))}${GAP}`, styleText(cell, paint), width),
    );
    return [
      ...groupHead(table, index, width, paint),
      ...hang('  ', paint.strong(styleText(name, paint)), width),
      ...lines,
    ];
  });
}
