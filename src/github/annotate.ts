import * as core from '@actions/core';
import { logLine } from '../lib/text.ts';
import type { Annotation } from '../model/warnings.ts';

/** GitHub shows at most ten error annotations a step: https://docs.github.com/en/rest/checks/runs */
const MAX_ANNOTATIONS = 10;

const WRITE = { failure: core.error, warning: core.warning, notice: core.notice };

/** In the job's log and on its page: `::error file=…,line=…`. */
export function annotate(annotations: Annotation[]): void {
  for (const { level, path, line, title, message } of annotations.slice(0, MAX_ANNOTATIONS))
    WRITE[level](logLine(message), { title: logLine(title), file: path, startLine: line });
}
