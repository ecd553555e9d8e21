import { buildDocument } from './build-document.ts';
import type { ReportInput } from './document.ts';
import { historySection } from './history-section.ts';
import { toHtml } from './to-html.ts';

/** report.html: the content of report.md, each interval drawn against its limit, and what was recorded before. */
export const renderHtml = (input: ReportInput): string => {
  const document = buildDocument(input);
  const history = historySection(input);
  const [first, ...rest] = document.sections;
  return toHtml(history && first ? { ...document, sections: [first, history, ...rest] } : document);
};
