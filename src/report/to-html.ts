import {
  type Block,
  type Inline,
  inlines,
  type ReportDocument,
  type Section,
  type Strip,
  type Text,
} from './document.ts';
import { escapeHtml } from './escape-html.ts';
import { historyFigure } from './history-chart.ts';
import { HTML_STYLE } from './html-style.ts';
import { stripChart } from './strip-chart.ts';

const MAX_INLINE = 600;
const MAX_LINE = 2000;

function inlineHtml(inline: Inline): string {
  if (typeof inline === 'string') {
    return `${/^\s/.test(inline) ? ' ' : ''}${escapeHtml(inline, MAX_INLINE)}${/\S\s$/.test(inline) ? ' ' : ''}`;
  }
  if ('strong' in inline) return `<strong>${escapeHtml(inline.strong, MAX_INLINE)}</strong>`;
  if ('em' in inline) return `<em>${escapeHtml(inline.em, MAX_INLINE)}</em>`;
  return `<code>${escapeHtml(inline.code, MAX_INLINE)}</code>`;
}

const textHtml = (text: Text): string => inlines(text).map(inlineHtml).join('');

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${textHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${textHtml(item)}</li>`).join('')}</ul>`;
    case 'table':
      return tableHtml(block);
    case 'code':
      return `<pre>${block.text
        .split(/\r\n|\r|\n/)
        .map((line) => escapeHtml(line, MAX_LINE))
        .join('\n')}</pre>`;
    case 'chart':
      return block.strips.map(figureHtml).join('\n');
    case 'history':
      return historyFigure(block.series, block.limit);
  }
}

function tableHtml({ head, align, rows }: Extract<Block, { kind: 'table' }>): string {
  const cell = (tag: 'th' | 'td', column: number, html: string): string =>
    `<${tag}${align[column] === 'r' ? ' class="r"' : ''}>${html}</${tag}>`;
  const top = head.map((title, column) => cell('th', column, escapeHtml(title))).join('');
  const body = rows.map((row) => `<tr>${row.map((text, column) => cell('td', column, textHtml(text))).join('')}</tr>`);
  return `<table><thead><tr>${top}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

const figureHtml = (strip: Strip): string =>
  `<figure>${stripChart(strip)}<figcaption>${escapeHtml(strip.label)}: ${escapeHtml(strip.caption)}</figcaption></figure>`;

function sectionHtml({ title, folded, blocks }: Section): string {
  const body = blocks.map(blockHtml).join('\n');
  return folded
    ? `<details><summary>${escapeHtml(title)}</summary>\n${body}\n</details>`
    : `<h2>${escapeHtml(title)}</h2>\n${body}`;
}

// Nothing may load and nothing may run, should an escape ever fail.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The document as one self-contained page. */
export const toHtml = ({ title, lead, sections }: ReportDocument): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${[...lead.map(blockHtml), ...sections.map(sectionHtml)].join('\n')}
</body>
</html>
`;
