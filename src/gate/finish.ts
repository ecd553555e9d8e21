/** The end of every flow that writes a report: measured here or reported by another job, samples are decided in the same way. */

import { join } from 'node:path';
import { historySeries, historyWarnings } from '../baseline/history-series.ts';
import { decide } from '../decide/decide.ts';
import type { DecideOptions } from '../decide/decide-run.ts';
import { chooseExitCode } from '../decide/run-verdict.ts';
import { replaceFile } from '../lib/replace-file.ts';
import type { Config } from '../model/config.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import type { Warning } from '../model/warnings.ts';
import type { Place, ReportInput } from '../report/document.ts';
import { plainHeadline, renderForTerminal, renderHtml, renderReport } from '../report/render-report.ts';
import type { TerminalLook } from '../report/terminal/to-terminal.ts';
import type { Stored } from './stored.ts';

export interface GateResult {
  verdict: VerdictDocument;
  samples: Samples;
  config: Config;
  exitCode: number;
  outDir: string;
  /** The whole report. */
  markdown: string;
  /** The report without its details, for a terminal. */
  summary: (look: TerminalLook) => string;
  /** The first sentence of the report, without mark-up. */
  headline: string;
}

export interface MeasuredRun {
  samples: Samples;
  config: Config;
  stored: Stored;
  /** What the flow has found out besides the samples. */
  warnings: Warning[];
  place: Place;
  outDir: string;
}

/** Decides and writes verdict.json, report.md and report.html. @throws NotMeasurableError where they cannot be written */
export async function finishRun(run: MeasuredRun, options: DecideOptions = {}): Promise<GateResult> {
  const { samples, config, stored, place, outDir } = run;
  const decided = decide(samples, config, options);
  const history = historySeries(stored);
  const warnings = [...decided.warnings, ...run.warnings, ...stored.warnings, ...historyWarnings(history)];
  const verdict = { ...decided, gate: place.gate ?? decided.gate, warnings };
  const report = await writeReport(outDir, { verdict, samples, place, history });
  return { verdict, samples, config, exitCode: chooseExitCode(verdict.verdict, config.failOn), outDir, ...report };
}

async function writeReport(
  outDir: string,
  input: ReportInput,
): Promise<Pick<GateResult, 'markdown' | 'summary' | 'headline'>> {
  const { history: _, ...document } = input;
  const markdown = renderReport(document);
  await writeJson(join(outDir, 'verdict.json'), input.verdict);
  await replaceFile(join(outDir, 'report.md'), markdown);
  await replaceFile(join(outDir, 'report.html'), renderHtml(input));
  return { markdown, summary: (look) => renderForTerminal(document, look), headline: plainHeadline(document) };
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
