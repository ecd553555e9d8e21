// Controls (terminal escapes among them) and what is invisible or reorders: text is to read as what it is.
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
