/** Flow part: a decided run on disk, for people and programs. */

import { join } from 'node:path';
import { replaceFile } from '../lib/replace-file.ts';
import type { ReportInput } from '../report/document.ts';
import { plainHeadline } from '../report/plain-headline.ts';
import { renderHtml } from '../report/render-html.ts';
import { renderReport } from '../report/render-report.ts';

export interface WrittenReport {
  markdown: string;
  /** The first sentence, without mark-up. */
  headline: string;
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** verdict.json, report.md and report.html. @throws NotMeasurableError where they cannot be written */
export async function writeReport(outDir: string, input: ReportInput): Promise<WrittenReport> {
  const { history, ...document } = input;
  const markdown = renderReport(document);
  await writeJson(join(outDir, 'verdict.json'), input.verdict);
  await replaceFile(join(outDir, 'report.md'), markdown);
  await replaceFile(join(outDir, 'report.html'), renderHtml(input));
  return { markdown, headline: plainHeadline(document) };
}
