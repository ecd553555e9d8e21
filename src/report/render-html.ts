import { buildDocument, type ReportInput } from './build-document.ts';
import { toHtml } from './to-html.ts';

/** report.html: the content of report.md, and each interval drawn against its limit. */
export const renderHtml = (input: ReportInput): string => toHtml(buildDocument(input));
