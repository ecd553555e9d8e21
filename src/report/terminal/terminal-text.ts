/** Text of a report in a terminal: untrusted characters made harmless, styled, and broken into lines. */

import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { type Inline, inlines, type Text } from '../document.ts';
import { plainText } from '../escape.ts';
import { type Paint, TERMINAL_MARKS } from './paint.ts';

const MAX_INLINE = 600;
/** Holds words together while lines are broken; `plainText` leaves none in what it is given. */
const TIE = '\u00a0';

/** Where a line may be broken: between words, or only where one inline of the text ends and another begins. */
export type Breaks = 'words' | 'phrases';

/** The whole text on one line; ties in it are undone by `wrap`. */
export function styleText(text: Text, paint: Paint, breaks: Breaks = 'words'): string {
  return inlines(text)
    .map((inline) => styleInline(inline, paint, breaks))
    .join('')
    .trim();
}

function styleInline(inline: Inline, paint: Paint, breaks: Breaks): string {
  if (typeof inline === 'string') {
    const core = clean(inline, breaks);
    if (core === '') return inline === '' ? '' : ' ';
    return `${/^\s/.test(inline) ? ' ' : ''}${core}${/\s$/.test(inline) ? ' ' : ''}`;
  }
  if ('strong' in inline) return paint.strong(clean(inline.strong, breaks));
  if ('em' in inline) return paint.faint(clean(inline.em, breaks));
  if ('code' in inline) return paint.code(clean(inline.code, 'phrases'));
  if ('reason' in inline) return `: ${clean(inline.reason, breaks)}`;
  return paint.verdict(inline.verdict, `${TERMINAL_MARKS[inline.verdict]}${TIE}${clean(inline.text, breaks)}`);
}

const clean = (text: string, breaks: Breaks): string => {
  const plain = plainText(text, MAX_INLINE);
  return breaks === 'phrases' ? plain.replaceAll(' ', TIE) : plain;
};

/** Lines of at most `width` columns. */
export const wrap = (styled: string, width: number): string[] =>
  wrapAnsi(styled, Math.max(1, width), { hard: true }).replaceAll(TIE, ' ').split('\n');

/** Columns of the longest part that is not broken. */
export const leastWidth = (styled: string): number => Math.max(...styled.split(' ').map((part) => stringWidth(part)));

/** The first line begins with `start`, and the others below what follows it. */
export function hang(start: string, styled: string, width: number): string[] {
  const indent = stringWidth(start);
  return wrap(styled, width - indent).map((line, index) => (index === 0 ? start : ' '.repeat(indent)) + line);
}
