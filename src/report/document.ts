import type { HistorySeries } from '../model/baseline.ts';
import type { RunVerdict } from '../model/metrics.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { splitCode } from './escape.ts';
import { VERDICT_MARKS } from './words.ts';

/**
 * What a report says, independent of its format: Markdown, HTML and a terminal's text are written from the same value. Every string in it is
 * untrusted plain text, which only the renderers escape.
 */

export type Inline =
  | string
  | { strong: string }
  | { em: string }
  | { code: string }
  /** Words with the mark of a verdict, and in a terminal its colour. */
  | { verdict: RunVerdict; text: string }
  /** Why a cell of a table says so: behind it after a colon, and in a terminal below the table. */
  | { reason: string };
export type Text = Inline | Inline[];

export type Block =
  | { kind: 'paragraph'; text: Text }
  | { kind: 'list'; items: Text[] }
  /** Inlines of a cell are phrases, which a terminal breaks only where it must. `isGrouped`: there the first column stands above its rows. */
  | { kind: 'table'; head: string[]; align: ('l' | 'r')[]; rows: Text[][]; isGrouped?: boolean }
  | { kind: 'code'; text: string }
  | { kind: 'chart'; strips: Strip[] }
  /** Drawn in HTML only. */
  | { kind: 'history'; series: HistorySeries; limit: number | null };

export interface Section {
  title: string;
  /** Folded sections hold details; a comment that is too long leaves them out first. */
  folded: boolean;
  /** A terminal shows it although it is folded elsewhere. */
  inTerminal?: boolean;
  blocks: Block[];
}

export interface ReportDocument {
  verdict: RunVerdict;
  /** Without the verdict's mark. */
  title: string;
  lead: Block[];
  sections: Section[];
  /** The run in a few sentences, which end the text for a terminal. */
  findings: Text[];
}

/** With the mark of its verdict. */
export const markedTitle = ({ verdict, title }: ReportDocument): string => `${VERDICT_MARKS[verdict]} ${title}`;

/** One interval against its limit, on the comparison's own scale. */
export interface Strip {
  label: string;
  verdict: 'pass' | 'fail' | 'inconclusive' | 'not-measured';
  gated: boolean;
  /** No cost: 1 for ratios, 0 for differences. */
  neutral: number;
  estimate: number;
  /** Null: the look has no bound at that end. */
  lower: number | null;
  upper: number | null;
  limit: number | null;
  caption: string;
}

export const inlines = (text: Text): Inline[] => (Array.isArray(text) ? text : [text]);

/** A message with what is to be typed between backticks. */
export const toInlines = (message: string): Inline[] =>
  splitCode(message).map(({ text, isCode }) => (isCode ? { code: text } : text));

export const inlineText = (inline: Inline): string => {
  if (typeof inline === 'string') return inline;
  if ('strong' in inline) return inline.strong;
  if ('em' in inline) return inline.em;
  if ('code' in inline) return inline.code;
  return 'reason' in inline ? `: ${inline.reason}` : `${VERDICT_MARKS[inline.verdict]} ${inline.text}`;
};

export interface ReportInput {
  verdict: VerdictDocument;
  samples: Samples;
  /** What was recorded before, for the page. */
  history?: HistorySeries[];
  /** As the user gave them, for the commands that repeat the run. */
  place?: Place;
}

/** What the run was started with; paths as the user gave them. */
export interface Place {
  /** The name of the gate in titles, where another one was given than the configuration's. */
  gate?: string | null;
  configPath: string;
  outDir: string;
  baseline?: string | null;
  /** Samples of the attempt that was carried on. */
  continueFrom?: string | null;
  timeMs?: number | null;
  functions?: string[] | null;
  /** Where a workflow ran it: whoever repeats it has no checkout yet. */
  checkout?: CheckoutPlace | null;
}

export interface CheckoutPlace {
  /** Tells the directory of this run from others. */
  key: string;
  url: string;
  /** What was measured: of a pull request GitHub's merge commit. */
  commit: string;
  /** Where the configuration that decided is another commit's. */
  configFrom: { commit: string; file: string } | null;
  /** From the top of the repository to where the commands run; empty for the top. */
  directory: string;
  /** Where Isogate comes from. */
  tool: { url: string; revision: string };
}
