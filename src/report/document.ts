import type { HistorySeries } from '../model/baseline.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';

/**
 * What a report says, free of how it is written: Markdown, HTML and the terminal's table come from the same value.
 * Every string in it is untrusted and plain; the renderers escape, so nothing can be forgotten on the way.
 */

export type Inline = string | { strong: string } | { em: string } | { code: string };
export type Text = Inline | Inline[];

export type Block =
  | { kind: 'paragraph'; text: Text }
  | { kind: 'list'; items: Text[] }
  | { kind: 'table'; head: string[]; align: ('l' | 'r')[]; rows: Text[][] }
  | { kind: 'code'; text: string }
  | { kind: 'chart'; strips: Strip[] }
  /** Drawn where pictures can be. */
  | { kind: 'history'; series: HistorySeries; limit: number | null };

export interface Section {
  title: string;
  /** Folded sections hold detail; the comment drops them first, from the bottom. */
  folded: boolean;
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
  /** Null: that end was not looked for. */
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

/** What the run was started with, paths as the user gave them; what is left out was not given. */
export interface Place {
  configPath: string;
  outDir: string;
  baseline?: string | null;
  /** Samples of the attempt that was carried on. */
  continueFrom?: string | null;
  timeMs?: number | null;
  functions?: string[] | null;
}
