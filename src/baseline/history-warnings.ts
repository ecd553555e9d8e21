/** Flow part: what the history of the default branch says by itself, whatever this run measured. */

import { formatCost, METRIC_NAMES } from '../lib/format.ts';
import { shortCommit } from '../lib/text.ts';
import type { HistorySeries } from '../model/baseline.ts';
import type { Warning } from '../model/warnings.ts';

/** Less in all is no drift that anybody acts on. */
const LEAST_FACTOR = 1.02;

/** Overheads that rose commit by commit, none of which a limit caught. Not gated: no single change did it. */
export const historyWarnings = (history: HistorySeries[]): Warning[] =>
  history.flatMap(({ function: name, isolation, metric, drift }) => {
    if (drift === null || drift.factor < LEAST_FACTOR) return [];
    const message = `${name}: ${METRIC_NAMES[metric]} of ${isolation} has drifted by about ${formatCost(drift.factor, 'x')} over the last ${drift.runs} recorded runs, ${shortCommit(drift.from)}..${shortCommit(drift.to)}, in steps too small for any limit (isogate baseline show; isogate baseline pin holds later changes against a fixed reference)`;
    return [{ code: 'slow-drift', message }];
  });
