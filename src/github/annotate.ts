import * as core from '@actions/core';
import type { VerdictDocument } from '../types.ts';
import { logLine } from './log-line.ts';

/** GitHub shows at most ten error annotations a step: https://docs.github.com/en/rest/checks/runs */
const MAX_ANNOTATIONS = 10;

/**
 * One annotation for each gated comparison that is red: an error, a warning where the base is as red, or a notice where
 * nothing is enforced; `file` is the configuration that holds its limit.
 */
export function annotate(verdict: VerdictDocument, file: string, enforced: boolean): void {
  const red = verdict.comparisons.filter(
    (one) => one.gated && (one.verdict === 'fail' || one.verdict === 'not-measured'),
  );
  for (const one of red.slice(0, MAX_ANNOTATIONS)) {
    const title = `Isogate ${verdict.gate}: ${one.function} under ${one.isolation}, ${one.metric}: ${one.verdict}`;
    const write = !enforced ? core.notice : one.onBase?.isExcused ? core.warning : core.error;
    write(logLine(one.reason || one.verdict), { title: logLine(title), file });
  }
}
