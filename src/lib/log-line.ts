/** `\x1b`, `\u{202e}`: what would move a cursor, change colours or turn text around is shown, not done. */
const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * A line for the job's log that the runner cannot take for a workflow command (`::set-output …`, `##[…]`), nor a terminal
 * for one, whatever a function printed:
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export const logLine = (line: string): string =>
  line
    .replace(/[\r\n\u0085\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, escaped)
    .replace(/##(?=\[)/g, '## ')
    .replace(/^(\s*):(?=:)/, '$1: ');
