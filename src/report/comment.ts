import type { VerdictDocument } from '../model/verdict.ts';
import { escapeMarkdown } from './escape.ts';

/** Codes of warnings that tell of the rules and not of the numbers. */
const ABOUT_RULES: ReadonlySet<string> = new Set([
  'config-new',
  'config-changed',
  'waiver-proposed',
  'waiver-unmatched',
  'waiver-expired',
  'waiver-expires-soon',
  'waivers-malformed',
]);

/** Whether there is something to tell: no clean pass, a growth that is proven either way, or a change of the rules. */
export const isChange = ({ verdict, comparisons, warnings }: VerdictDocument): boolean =>
  verdict !== 'pass' ||
  warnings.some(({ code }) => ABOUT_RULES.has(code)) ||
  comparisons.some(({ kind, scale, lower, upper, onBase, verdict: own }) => {
    if (onBase?.isInherited || own === 'fail') return true;
    const neutral = scale === 'ratio' ? 1 : 0;
    return kind === 'regression' && ((lower !== null && lower > neutral) || (upper !== null && upper < neutral));
  });

/** What GitHub accepts as the body of a comment: https://github.com/mshick/add-pr-comment/issues/93 quotes its refusal. */
export const COMMENT_LIMIT = 65_536;

const notice = (count: number, unit: string): string =>
  `\n*${count} ${unit}${count === 1 ? '' : 's'} left out at the end to stay within GitHub’s limit; \`report.md\` of this run has everything.*\n`;

/**
 * A report of at most `limit` characters (UTF-16 units, which are never fewer than the characters that GitHub counts).
 * Whole folded sections are left out first, from the bottom, then lines; a notice says how many.
 */
export function fitComment(report: string, limit = COMMENT_LIMIT): string {
  if (report.length <= limit) return report;
  let kept = report;
  for (let dropped = 1; ; dropped += 1) {
    const start = kept.lastIndexOf('\n<details>\n');
    if (start === -1) return fitLines(kept, limit);
    // What follows the section stays, because it is no detail.
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

export interface CommentFrame {
  /** False while the base has no configuration, so that nothing is decided. */
  enforced: boolean;
  /** Whose code reported the numbers, where that is untrusted: `the fork eve/thumbs`. */
  untrusted: string | null;
  /** Why the check is red although the run itself would not make it so. */
  objection: string | null;
}

export interface CommentLinks {
  headSha: string;
  runUrl: string | null;
  /** Where the run's files can be had. */
  artifactUrl: string | null;
}

const SETUP_NOTE =
  '> **Set-up report, nothing is enforced**: the base has no configuration yet. This is what the configuration of the pull request would decide.\n\n';
const noteUntrusted = (untrusted: string): string =>
  `> **Reported by untrusted code**: these numbers come from a job that ran the code of ${escapeMarkdown(untrusted, 200)}. The base’s configuration decides on them here, and they are never recorded.\n\n`;

/** The report below notes that must be read before it. */
export const addNotes = (markdown: string, { enforced, untrusted, objection }: CommentFrame): string =>
  (objection === null ? '' : `> **Red all the same**: ${escapeMarkdown(objection, 1000)}\n\n`) +
  (enforced ? '' : SETUP_NOTE) +
  (untrusted === null ? '' : noteUntrusted(untrusted)) +
  markdown;

/** At most `room` characters. The foot, with the measured commit and the links to the rest, is never dropped. */
export function commentBody(markdown: string, { headSha, runUrl, artifactUrl }: CommentLinks, room: number): string {
  const links = [
    runUrl === null ? '' : ` in [this run](${runUrl})`,
    artifactUrl === null ? '' : ` · [samples and full report](${artifactUrl})`,
  ];
  const foot = `\nMeasured at ${headSha}${links.join('')}.\n`;
  return fitComment(markdown, room - foot.length) + foot;
}
