import { join } from 'node:path';
import * as core from '@actions/core';
import type { RunVerdict } from '../model/metrics.ts';

export interface Outputs {
  /** Empty where the run ended before it could have one. */
  verdict: RunVerdict | '';
  exitCode: number;
  outDir: string | null;
  commentUrl: string;
}

/** The outputs that action.yml promises; paths are absolute, and empty where no file was written. */
export function writeOutputs({ verdict, exitCode, outDir, commentUrl }: Outputs): void {
  const path = (file: string): string => (outDir === null ? '' : join(outDir, file));
  core.setOutput('verdict', verdict);
  core.setOutput('exit-code', exitCode);
  core.setOutput('report-path', path('report.md'));
  core.setOutput('samples-path', path('samples.jsonl'));
  core.setOutput('verdict-path', path('verdict.json'));
  core.setOutput('comment-url', commentUrl);
}
