import {
  type Block,
  type Inline,
  inlines,
  inlineText,
  markedTitle,
  type ReportDocument,
  type Section,
  type Strip,
  type Text,
} from './document.ts';
import { escapeEntities, escapeHtml, plainLines } from './escape.ts';
import { historyFigure } from './history.ts';
import { HTML_STYLE } from './html-style.ts';

const WIDTH = 360;
const HEIGHT = 34;
const PAD = 10;

/** The position of a value on the strip, in SVG units. The strip spans no cost, the interval and the limit. */
function scaleOf(strip: Strip): (value: number) => string {
  const values = [strip.neutral, strip.estimate, strip.lower, strip.upper, strip.limit].filter((one) => one !== null);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return (value) => (PAD + ((value - low) / span) * (WIDTH - 2 * PAD)).toFixed(1);
}

/** The interval as a bar with its estimate, no cost as a thin line, the limit as a dashed one. */
function stripChart(strip: Strip): string {
  const x = scaleOf(strip);
  const middle = HEIGHT / 2;
  const vertical = (value: number, name: string): string =>
    `<line class="${name}" x1="${x(value)}" x2="${x(value)}" y1="3" y2="${HEIGHT - 3}"/>`;
  // Where an end has no bound, the bar reaches to the edge.
  const left = strip.lower === null ? PAD : Number(x(strip.lower));
  const right = strip.upper === null ? WIDTH - PAD : Number(x(strip.upper));
  const width = Math.max(2, right - left).toFixed(1);
  const state = strip.gated ? strip.verdict : 'not-gated';
  return [
    `<svg class="strip ${state}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escapeHtml(`${strip.label}: ${strip.caption}`)}</title>`,
    `<line class="axis" x1="${PAD}" x2="${WIDTH - PAD}" y1="${middle}" y2="${middle}"/>`,
    vertical(strip.neutral, 'neutral'),
    `<rect class="interval" x="${left.toFixed(1)}" y="${middle - 5}" width="${width}" height="10" rx="3"/>`,
    `<circle class="estimate" cx="${x(strip.estimate)}" cy="${middle}" r="4"/>`,
    strip.limit === null ? '' : vertical(strip.limit, 'limit'),
    '</svg>',
  ].join('');
}

const MAX_INLINE = 600;

function inlineHtml(inline: Inline): string {
  if (typeof inline === 'string') {
    return `${/^\s/.test(inline) ? ' ' : ''}${escapeHtml(inline, MAX_INLINE)}${/\S\s$/.test(inline) ? ' ' : ''}`;
  }
  if ('strong' in inline) return `<strong>${escapeHtml(inline.strong, MAX_INLINE)}</strong>`;
  if ('em' in inline) return `<em>${escapeHtml(inline.em, MAX_INLINE)}</em>`;
  if ('code' in inline) return `<code>${escapeHtml(inline.code, MAX_INLINE)}</code>`;
  const text = escapeHtml(inlineText(inline), MAX_INLINE);
  return 'verdict' in inline && inline.verdict === 'fail' ? `<strong>${text}</strong>` : text;
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
      return `<pre>${plainLines(block.text).map(escapeEntities).join('\n')}</pre>`;
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

// Even if an escape failed, nothing could be loaded and no script could run.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The document as one self-contained page. */
export const toHtml = (document: ReportDocument): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(markedTitle(document))}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<h1>${escapeHtml(markedTitle(document))}</h1>
${[...document.lead.map(blockHtml), ...document.sections.map(sectionHtml)].join('\n')}
</body>
</html>
`;
