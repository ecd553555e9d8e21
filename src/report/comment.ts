import { escapeMarkdown } from './escape-markdown.ts';
import { fitComment } from './fit-comment.ts';

export interface CommentFrame {
  /** False: the base has no configuration yet, so nothing is decided. */
  enforced: boolean;
  /** Whose code reported the numbers, where that is nobody's who may push: `the fork eve/thumbs`. */
  stranger: string | null;
}

export interface CommentLinks {
  headSha: string;
  runUrl: string | null;
  /** Where the run's files can be had. */
  artifactUrl: string | null;
}

const SETUP_NOTE =
  '> **Set-up report, nothing is enforced**: the base has no configuration yet. This is what this one would decide.\n\n';
const strangerNote = (stranger: string): string =>
  `> **Reported by untrusted code**: these numbers come from a job that ran the code of ${escapeMarkdown(stranger, 200)}. They are decided here by the base’s configuration, and are never recorded.\n\n`;

/** The report with what must be known before it is read. */
export const framed = (markdown: string, { enforced, stranger }: CommentFrame): string =>
  (enforced ? '' : SETUP_NOTE) + (stranger === null ? '' : strangerNote(stranger)) + markdown;

/** At most `room` characters, and at the end which commit was measured and where the rest is: that is never dropped. */
export function commentBody(markdown: string, { headSha, runUrl, artifactUrl }: CommentLinks, room: number): string {
  const links = [
    runUrl === null ? '' : ` in [this run](${runUrl})`,
    artifactUrl === null ? '' : ` · [samples and full report](${artifactUrl})`,
  ];
  const foot = `\nMeasured at ${headSha}${links.join('')}.\n`;
  return fitComment(markdown, room - foot.length) + foot;
}
