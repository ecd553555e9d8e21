import { buildDocument } from './build-document.ts';
import type { ReportInput } from './document.ts';
import { toMarkdown } from './to-markdown.ts';

/** report.md: the verdict in words, one table, what it rests on, and the detail folded away. */
export const renderReport = (input: ReportInput): string => toMarkdown(buildDocument(input));
