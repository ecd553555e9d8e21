import type { Block, ReportDocument, Section } from '../document.ts';
import { plainLines, plainText } from '../escape.ts';
import { drawChart } from '../text-chart.ts';
import { createPaint, type Sheet, TERMINAL_MARKS } from './paint.ts';
import { renderTable } from './terminal-table.ts';
import { hang, styleText, wrap } from './terminal-text.ts';

export interface TerminalLook {
  /** Of tables and charts, in columns. */
  width: number;
  /** Of prose; null leaves each paragraph on one line, as in a pipe, where somebody may search it. */
  proseWidth: number | null;
  hasColor: boolean;
}

const NARROWEST = 20;
const ENDLESS = 1e9;
const CHART = { least: 24, most: 48 };

/** The document as text for a terminal, up to its first section of details, which a terminal cannot fold; at its end what was found. */
export function toTerminal(document: ReportDocument, look: TerminalLook): string {
  const sheet: Sheet = {
    width: Math.max(NARROWEST, look.width),
    proseWidth: look.proseWidth === null ? ENDLESS : Math.max(NARROWEST, look.proseWidth),
    paint: createPaint(look.hasColor),
  };
  const { paint, proseWidth } = sheet;
  const { verdict, title, lead, sections, findings } = document;
  const shown = sections.map((one) => (one.inTerminal ? { ...one, folded: false } : one));
  const end = shown.findIndex(({ folded }) => folded);
  const heading = paint.strong(paint.verdict(verdict, `${TERMINAL_MARKS[verdict]} ${plainText(title)}`));
  const parts = [
    wrap(heading, proseWidth),
    ...lead.map((block) => renderBlock(block, sheet)),
    ...(end === -1 ? shown : shown.slice(0, end)).flatMap((section) => renderSection(section, sheet)),
    findings.flatMap((text) => wrap(styleText(text, paint), proseWidth)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const renderSection = ({ title, blocks }: Section, sheet: Sheet): string[][] => [
  wrap(sheet.paint.strong(styleText(title, sheet.paint)), sheet.proseWidth),
  ...blocks.map((block) => renderBlock(block, sheet)),
];

function renderBlock(block: Block, sheet: Sheet): string[] {
  const { proseWidth, paint } = sheet;
  switch (block.kind) {
    case 'paragraph':
      return wrap(styleText(block.text, paint), proseWidth);
    case 'list':
      return block.items.flatMap((item) => hang('• ', styleText(item, paint), proseWidth));
    case 'table':
      return renderTable(block, sheet);
    case 'code':
      // Not broken over lines, so that it can be copied.
      return plainLines(block.text).map((line) => (line === '' ? '' : `    ${line}`));
    case 'chart':
      return renderChart(block.strips, sheet);
    case 'history':
      return [];
  }
}

function renderChart(strips: Extract<Block, { kind: 'chart' }>['strips'], { width, paint }: Sheet): string[] {
  const longest = Math.max(0, ...strips.map(({ label }) => label.length));
  const columns = Math.min(CHART.most, Math.max(CHART.least, width - longest - 3));
  const chart = drawChart(strips, columns);
  if (chart === null) return [];
  return [
    paint.faint(chart.head),
    ...chart.lines.map(
      ({ line, strip }) =>
        `${line} ${paint.verdict(strip.verdict, TERMINAL_MARKS[strip.verdict])} ${plainText(strip.label, Math.max(8, width - columns - 3))}`,
    ),
    ...(chart.left > 0 ? [`${chart.left} more: see report.html`] : []),
  ];
}
