/** What the page of a job shows and what its later steps read: outputs, summary and annotations. */

import { join } from 'node:path';
import * as core from '@actions/core';
import { logLine } from '../lib/text.ts';
import { messageOf } from '../model/errors.ts';
import type { RunVerdict } from '../model/metrics.ts';
import type { Annotation } from '../model/warnings.ts';

export interface Outputs {
  /** Empty where the run ended before there was a verdict. */
  verdict: RunVerdict | '';
  exitCode: number;
  outDir: string | null;
  commentUrl: string;
}

/** The outputs that action.yml promises; paths are absolute, and empty where no file was written. */
export function writeOutputs({ verdict, exitCode, outDir, commentUrl }: Outputs): void {
  const locate = (file: string): string => (outDir === null ? '' : join(outDir, file));
  core.setOutput('verdict', verdict);
  core.setOutput('exit-code', exitCode);
  core.setOutput('report-path', locate('report.md'));
  core.setOutput('samples-path', locate('samples.jsonl'));
  core.setOutput('verdict-path', locate('verdict.json'));
  core.setOutput('comment-url', commentUrl);
}

/** Appends to the job's summary. Where the runner has none, it warns and goes on, because a summary decides nothing. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(markdown, true).write();
  } catch (error) {
    core.warning(`no job summary was written: ${messageOf(error)}`);
  }
}

/** GitHub shows at most ten error annotations for each step: https://docs.github.com/en/rest/checks/runs */
const MAX_ANNOTATIONS = 10;

const WRITE = { failure: core.error, warning: core.warning, notice: core.notice };

/** In the job's log and on its page: `::error file=…,line=…`. */
export function annotate(annotations: Annotation[]): void {
  for (const { level, path, line, title, message } of annotations.slice(0, MAX_ANNOTATIONS))
    WRITE[level](logLine(message), { title: logLine(title), file: path, startLine: line });
}
