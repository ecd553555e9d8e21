/** How texts of others (messages of programs, names, commits) are shown: on one line and no longer than of use. */

const LINE_BREAK = /[\t\n\v\f\r\u0085\u2028\u2029]/;

/** Control and format characters written out (`\u{1b}`, `\u{202e}`), so that they cannot move a cursor or reorder text. */
export const escapeInvisible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** The text on one line: line breaks and tabs become one space, and invisible characters are written out. */
export const oneLine = (text: string): string =>
  escapeInvisible(text.trim().replaceAll(/[\s\u0085]+/g, (blank) => (LINE_BREAK.test(blank) ? ' ' : blank)));

/** Where a program explains its failure: the last line that it wrote; empty when it wrote none. */
export const lastLine = (text: string, maxLength = 300): string =>
  (text.trim().split('\n').at(-1) ?? '').slice(0, maxLength);

export const shorten = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;

/** Keeps a third at the beginning and the rest at the end, where programs say what was wrong. */
export const shortenInMiddle = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) return text;
  const head = Math.floor(maxLength / 3);
  return `${text.slice(0, head)}…${text.slice(head - maxLength)}`;
};

/** The end of a text, where a program explains its failure. */
export const shortenStart = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `…${text.slice(-maxLength)}`;

/** The first twelve digits of a commit's id. @param unknown what stands in place of a commit that is not known */
export const shortCommit = (commit: string | null | undefined, unknown = 'an unknown commit'): string =>
  commit?.slice(0, 12) ?? unknown;

/** `sha256:` and the first twelve digits. */
export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/**
 * A line for the job's log that the runner cannot take for a workflow command (`::set-output …`, `##[…]`), nor a terminal
 * for one, whatever a function printed:
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export const logLine = (line: string): string =>
  escapeInvisible(line.replace(/[\r\n\u0085\u2028\u2029]+/g, ' '))
    .replace(/##(?=\[)/g, '## ')
    .replace(/^(\s*):(?=:)/, '$1: ');

/** For where Markdown is shown as it is written: our own messages put what is to be typed between backticks. */
export const withoutTicks = (text: string): string => text.replaceAll('`', '');
