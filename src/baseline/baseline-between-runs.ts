/** Flow part: how much runs of an arm differ from each other, for the records that growth is measured against. */

import type { BaselineRecord, BetweenRuns } from '../model/baseline.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import { betweenRunsSd } from '../stats/between-runs.ts';
import { historyOf, middleOf } from './history.ts';

/** Of runs with the record's own fingerprint; absent where they are too few. */
const betweenRunsOf = (
  record: BaselineRecord,
  records: readonly BaselineRecord[],
  ancestors: readonly string[] | null,
): BetweenRuns | undefined => {
  const alike = records.filter(
    ({ fingerprint }) => fingerprintDifferences(fingerprint, record.fingerprint).length === 0,
  );
  const history = historyOf(alike, record, ancestors);
  const sdOf = (scale: 'ratio' | 'difference') =>
    betweenRunsSd(history.map((one) => middleOf(one, scale)).filter((one) => one !== null));
  const controls = history.flatMap(({ summary }) =>
    summary && summary.control > 0 ? [{ middle: Math.log(summary.control), error: null }] : [],
  );
  const [ratio, difference, control] = [sdOf('ratio'), sdOf('difference'), betweenRunsSd(controls)];
  if (difference === null) return undefined;
  return { runs: history.length, ratio: ratio ?? 0, difference, control: control ?? 0 };
};

export const withBetweenRuns = (
  chosen: BaselineRecord[],
  records: readonly BaselineRecord[],
  ancestors: readonly string[] | null,
): BaselineRecord[] =>
  chosen.map((record) => {
    const betweenRuns = betweenRunsOf(record, records, ancestors);
    return betweenRuns === undefined ? record : { ...record, betweenRuns };
  });
