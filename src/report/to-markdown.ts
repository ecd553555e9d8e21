import { markdownTable } from 'markdown-table';
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
import { codeBlock, codeSpan, escapeKeepingEdges, escapeMarkdown } from './escape.ts';
import { textChart } from './text-chart.ts';

const MAX_INLINE = 600;

function inlineMarkdown(inline: Inline, inTable: boolean): string {
  if (typeof inline === 'string') return escapeKeepingEdges(inline, MAX_INLINE);
  if ('strong' in inline) return `**${escapeMarkdown(inline.strong, MAX_INLINE)}**`;
  if ('em' in inline) return `*${escapeMarkdown(inline.em, MAX_INLINE)}*`;
  if ('code' in inline) return codeSpan(inline.code, inTable, MAX_INLINE);
  const text = escapeMarkdown(inlineText(inline), MAX_INLINE);
  return 'verdict' in inline && inline.verdict === 'fail' ? `**${text}**` : text;
}

const textMarkdown = (text: Text, inTable = false): string =>
  inlines(text)
    .map((inline) => inlineMarkdown(inline, inTable))
    .join('');

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return textMarkdown(block.text);
    case 'list':
      return block.items.map((item) => `- ${textMarkdown(item)}`).join('\n');
    case 'table':
      return tableMarkdown(block);
    case 'code':
      return codeBlock(block.text);
    case 'chart':
      return chartMarkdown(block.strips);
    case 'history':
      return '';
  }
}

const chartMarkdown = (strips: Strip[]): string => {
  const chart = textChart(strips);
  // Every line begins with what is drawn, so no name in it can end the code block; its spaces must stay.
  return chart === null ? '' : `\`\`\`text\n${chart}\n\`\`\``;
};

const tableMarkdown = ({ head, align, rows }: Extract<Block, { kind: 'table' }>): string =>
  markdownTable([head, ...rows.map((row) => row.map((cell) => textMarkdown(cell, true)))], {
    align,
    alignDelimiters: false,
  });

function sectionMarkdown({ title, folded, blocks }: Section): string {
  const body = blocks.map(blockMarkdown).filter((text) => text !== '');
  return folded
    ? ['<details>', `<summary>${escapeMarkdown(title)}</summary>`, '', body.join('\n\n'), '', '</details>'].join('\n')
    : [`#### ${escapeMarkdown(title)}`, ...body].join('\n\n');
}

/** The document as GitHub Markdown; folded sections are top-level `<details>` blocks, which `fitComment` relies on. */
export function toMarkdown(document: ReportDocument): string {
  const { lead, sections } = document;
  const parts = [
    `### ${escapeMarkdown(markedTitle(document))}`,
    ...lead.map(blockMarkdown),
    ...sections.map(sectionMarkdown),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
