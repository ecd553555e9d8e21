import type { HistorySeries } from '../model/baseline.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';

/**
 * What a report says, independent of its format: Markdown and HTML are written from the same value. Every string in it is
 * untrusted plain text, which only the renderers escape.
 */

export type Inline = string | { strong: string } | { em: string } | { code: string };
export type Text = Inline | Inline[];

export type Block =
  | { kind: 'paragraph'; text: Text }
  | { kind: 'list'; items: Text[] }
  | { kind: 'table'; head: string[]; align: ('l' | 'r')[]; rows: Text[][] }
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
  title: string;
  lead: Block[];
  sections: Section[];
}

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

export const inlineText = (inline: Inline): string => {
  if (typeof inline === 'string') return inline;
  if ('strong' in inline) return inline.strong;
  if ('em' in inline) return inline.em;
  return inline.code;
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
  configPath: string;
  outDir: string;
  baseline?: string | null;
  /** Samples of the attempt that was carried on. */
  continueFrom?: string | null;
  timeMs?: number | null;
  functions?: string[] | null;
}
