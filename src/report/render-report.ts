import { buildDocument } from './build-document.ts';
import type { ReportInput } from './document.ts';
import { toMarkdown } from './to-markdown.ts';

/** report.md: the verdict in words, one table, what it rests on, and the detail folded away. */
export const renderReport = (input: ReportInput): string => toMarkdown(buildDocument(input));

/** The report up to its first folded section, for a terminal, which can fold nothing. */
export const renderSummary = (input: ReportInput): string => {
  const document = buildDocument(input);
  const end = document.sections.findIndex(({ folded }) => folded);
  return toMarkdown(end === -1 ? document : { ...document, sections: document.sections.slice(0, end) });
};
