import { plainText } from './plain-text.ts';

const BREAK = '&#8203;';

// What begins a list, a heading's underline, a heading or a rule when a line starts with it.
const BLOCK_START = /^(?:[-+](?=[\s-]|$)|=+$|#|\d{1,9}[.)](?=\s|$))/;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', $: '&#36;', '|': '&#124;' };

/**
 * Untrusted text as one line of GitHub Markdown that shows exactly its characters: no HTML, images, links, mentions,
 * references, maths, emoji or table cells come of it. A zero-width space breaks what GitHub links of itself, after
 * rendering, where a backslash would not help: `@user`, `#12`, `GH-12`, `https://`, `www.`.
 * Syntax: GitHub Flavored Markdown, https://github.github.com/gfm/ ; autolinks: GitHub docs, "Autolinked references and URLs".
 */
export function escapeMarkdown(text: string, max?: number): string {
  return plainText(text, max)
    .replace(/[&<>$|]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\\`*_[\]~!]/g, '\\$&')
    .replace(BLOCK_START, (start) => (/^\d/.test(start) ? start.replace(/[.)]/, '\\$&') : `\\${start}`))
    .replace(/@(?=\S)/g, `@${BREAK}`)
    .replace(/(^|[^&])#(?=\w)/g, `$1#${BREAK}`)
    .replace(/GH-(?=\d)/gi, `$&${BREAK}`)
    .replace(/:(?=\/\/|[\w+-]+:)/g, `:${BREAK}`)
    .replace(/www(?=\.)/gi, `$&${BREAK}`);
}

/** Untrusted text as an inline code span; GitHub makes neither mentions nor links inside one. */
export function codeSpan(text: string, inTable: boolean, max?: number): string {
  const line = plainText(text, max) || ' ';
  // A table is cut into cells before code spans are seen, and has no way to write a backslash before a bar in one.
  if (inTable && line.includes('|')) return escapeMarkdown(line, max);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Untrusted lines as a fenced block that no line of theirs can end. */
export function codeBlock(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => plainText(line, 2000));
  const longest = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence].join('\n');
}
