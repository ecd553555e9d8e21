/** What GitHub accepts as the body of a comment: https://github.com/mshick/add-pr-comment/issues/93 quotes its refusal. */
export const COMMENT_LIMIT = 65_536;

const notice = (count: number, unit: string): string =>
  `\n*${count} ${unit}${count === 1 ? '' : 's'} left out at the end to stay within GitHub’s limit; \`report.md\` of this run has everything.*\n`;

/**
 * A report of at most `limit` characters (UTF-16 units, so never more in GitHub's count): first whole folded sections
 * go, from the bottom, then lines; and it says what went.
 */
export function fitComment(report: string, limit = COMMENT_LIMIT): string {
  if (report.length <= limit) return report;
  let kept = report;
  for (let dropped = 1; ; dropped += 1) {
    const start = kept.lastIndexOf('\n<details>\n');
    if (start === -1) return fitLines(kept, limit);
    // What follows the section stays: it is not detail.
    const end = kept.indexOf('\n</details>\n', start);
    kept = kept.slice(0, start) + (end === -1 ? '' : kept.slice(end + '\n</details>\n'.length));
    const fitted = kept.trimEnd() + notice(dropped, 'section').replace(/^/, '\n');
    if (fitted.length <= limit) return fitted;
  }
}

function fitLines(report: string, limit: number): string {
  const lines = report.trimEnd().split('\n');
  let size = lines.reduce((sum, line) => sum + line.length + 1, 0);
  let dropped = 0;
  while (lines.length > 0 && size + notice(dropped + 1, 'line').length + 8 > limit) {
    size -= (lines.pop()?.length ?? 0) + 1;
    dropped += 1;
  }
  // An odd number of fences is left where the cut fell inside a code block: close it, or the notice reads as code.
  const open = lines.filter((line) => /^`{3,}/.test(line)).length % 2 === 1;
  return `${[...lines, ...(open ? ['```'] : [])].join('\n')}\n${notice(dropped, 'line')}`;
}
