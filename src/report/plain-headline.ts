import { buildDocument } from './build-document.ts';
import { inlines, inlineText, type ReportInput } from './document.ts';
import { plainText } from './plain-text.ts';

/** The first sentence of the report without any mark-up, for a check's title. */
export function plainHeadline(input: ReportInput): string {
  const { title, lead } = buildDocument(input);
  const [first] = lead;
  const text = first?.kind === 'paragraph' ? first.text : title;
  return plainText(inlines(text).map(inlineText).join(''), 250);
}
