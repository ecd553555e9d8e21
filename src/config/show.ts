import { escapeInvisible, shorten } from '../lib/text.ts';

const LONGEST_SHOWN = 80;

/** A user's value on one line: as JSON, cut at 80 characters, nothing in it that moves a terminal's cursor. */
export const show = (value: unknown): string =>
  shorten(escapeInvisible(JSON.stringify(value) ?? String(value)), LONGEST_SHOWN);

/** `functions.api.events[1]`; names that are not plain stand in quotes. */
export const showPath = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = /^[\w.-]{1,64}$/.test(String(key)) ? String(key) : show(String(key));
      return index === 0 ? name : `.${name}`;
    })
    .join('');
