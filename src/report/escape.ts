// Control characters, among them terminal escapes, and characters that are invisible or reorder text.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
// With the `u` flag this matches halves that have lost their pair, and only those.
const LONE_HALF = /\p{Surrogate}/gu;
const TERMINAL_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, 'g');

/** One visible line of at most `max` characters; what was cut is shown by an ellipsis. */
export function plainText(text: string, max = 300): string {
  const line = text
    .slice(0, max * 4)
    .replace(TERMINAL_SEQUENCE, '')
    .replace(UNSEEN, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(LONE_HALF, '\ufffd');
  return line.length > max ? `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For what `plainText` or `plainLines` has made harmless otherwise. */
export const escapeEntities = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** Untrusted text for HTML, as content and inside quoted attributes alike. */
export const escapeHtml = (text: string, max?: number): string => escapeEntities(plainText(text, max));

const BREAK = '&#8203;';

// What begins a list, a heading's underline, a heading or a rule when a line starts with it.
const BLOCK_START = /^(?:[-+](?=[\s-]|$)|=+$|#|\d{1,9}[.)](?=\s|$))/;

const MARKDOWN_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', $: '&#36;', '|': '&#124;' };

/**
 * Untrusted text as one line of GitHub Markdown that shows exactly its characters: no HTML, images, links, mentions,
 * references, maths, emoji or table cells come of it. A zero-width space breaks what GitHub links of itself, after
 * rendering, where a backslash would not help: `@user`, `#12`, `GH-12`, `https://`, `www.`.
 * Syntax: GitHub Flavored Markdown, https://github.github.com/gfm/ ; autolinks: GitHub docs, "Autolinked references and URLs".
 */
export function escapeMarkdown(text: string, max?: number): string {
  return plainText(text, max)
    .replace(/[&<>$|]/g, (character) => MARKDOWN_ENTITIES[character] ?? character)
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

/** A message with what is to be typed between backticks, as our own have it: code there, and nothing else comes of it. */
export const messageMarkdown = (text: string, max?: number): string => {
  const line = plainText(text, max);
  return splitCode(line)
    .map(({ text: part, isCode }) => (isCode ? codeSpan(part, false, max) : escapeKeepingEdges(part, max)))
    .join('');
};

export const splitCode = (line: string): { text: string; isCode: boolean }[] =>
  line
    .split(/`([^`]+)`/)
    .map((text, index) => ({ text, isCode: index % 2 === 1 }))
    .filter(({ text }) => text !== '');

// Escaping trims a line, but a space at the edge between two parts belongs to the sentence.
export const escapeKeepingEdges = (text: string, max?: number): string =>
  `${/^\s/.test(text) ? ' ' : ''}${escapeMarkdown(text, max)}${/\S\s$/.test(text) ? ' ' : ''}`;

const MAX_LINE = 2000;

/** As `plainText` for each line, whose indentation stays: tracebacks are read by it. */
export const plainLines = (text: string): string[] =>
  text.split(/\r\n|\r|\n/).map((line) => {
    const indentation = /^[ \t]{0,80}/.exec(line)?.[0].replaceAll('\t', '  ') ?? '';
    const rest = plainText(line, MAX_LINE);
    return rest === '' ? '' : indentation + rest;
  });

/** Untrusted lines as a fenced block that no line of theirs can end. */
export function codeBlock(text: string): string {
  // `fitComment` looks for such lines, which an indented one is not.
  const lines = plainLines(text).map((line) => line.replace(/^<\/?details>$/, ' $&'));
  const longest = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence].join('\n');
}
