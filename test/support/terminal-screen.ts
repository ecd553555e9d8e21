/** What a terminal shows after it was sent these characters. Codes that Isogate does not send are refused. */

import stringWidth from 'string-width';

const ESCAPE = String.fromCharCode(27);
const CODE_OR_CHARACTER = new RegExp(`${ESCAPE}\\[([\\d;]*)([A-Za-z])|([\\s\\S])`, 'gu');

/** Lines without the blanks at their ends; the last one is where the cursor is, or the last that is not empty. */
export function showScreen(sent: string, columns: number): string[] {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  const put = (character: string): void => {
    const width = stringWidth(character);
    if (column + width > columns) newRow();
    const cells = rows[row] ?? [];
    while (cells.length < column) cells.push(' ');
    cells[column] = character;
    for (let more = 1; more < width; more++) cells[column + more] = '';
    rows[row] = cells;
    column += width;
  };
  const newRow = (): void => {
    row += 1;
    column = 0;
    rows[row] ??= [];
  };
  const obey = (count: number, code: string): void => {
    if (code === 'A') row = Math.max(0, row - count);
    else if (code === 'J') {
      rows.length = row + 1;
      rows[row] = (rows[row] ?? []).slice(0, column);
    } else if (code !== 'm') throw new Error(`a terminal code that nobody should send: ${code}`);
  };
  for (const [, codes, code, character] of sent.matchAll(CODE_OR_CHARACTER)) {
    if (code !== undefined) obey(codes === '' ? 1 : Number.parseInt(codes ?? '1', 10), code);
    else if (character === '\r') column = 0;
    else if (character === '\n') newRow();
    else if (character !== undefined) put(character);
  }
  const lines = rows.map((cells) => cells.join('').trimEnd());
  return lines.slice(0, Math.max(row + 1, lines.findLastIndex((line) => line !== '') + 1));
}
