const LONGEST_SHOWN = 80;

const escapeInvisible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

/** Text of others (a path, a library's message) on one line. */
export const oneLine = (text: string): string => escapeInvisible(text.replace(/\s*[\r\n]+\s*/g, ' '));

/** A user's value on one line: as JSON, cut at 80 characters, nothing in it that moves a terminal's cursor. */
export const show = (value: unknown): string => {
  const text = escapeInvisible(JSON.stringify(value) ?? String(value));
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
};

/** `functions.api.events[1]`; names that are not plain stand in quotes. */
export const showPath = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = /^[\w.-]{1,64}$/.test(String(key)) ? String(key) : show(String(key));
      return index === 0 ? name : `.${name}`;
    })
    .join('');
