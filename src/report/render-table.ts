import { markdownTable } from 'markdown-table';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { inlines, inlineText, type Text } from './document.ts';
import { plainText } from './plain-text.ts';
import { buildRows } from './rows.ts';
import { overviewTable } from './table.ts';
import { VERDICT_WORDS } from './words.ts';

/** A cell this wide fits four to a terminal; the report has the rest of a long reason. */
const MAX_CELL = 60;

const plain = (text: Text): string => plainText(inlines(text).map(inlineText).join(''), MAX_CELL);

/** What `isogate gate` prints: the table with aligned columns, and the verdict as the last line. */
export function renderTable(verdict: VerdictDocument, samples: Samples): string {
  const { head, align, rows } = overviewTable(buildRows(verdict, samples));
  const table = markdownTable([head, ...rows.map((row) => row.map(plain))], { align, stringLength: displayWidth });
  return `${table}\n\n${plainText(verdict.gate)}: ${VERDICT_WORDS[verdict.verdict]}\n`;
}

// Emoji take two columns in a terminal.
const displayWidth = (text: string): number =>
  [...text].reduce((sum, one) => sum + (/\p{Emoji_Presentation}/u.test(one) ? 2 : 1), 0);
