/** The recorded runs of one series, and how much they differ from each other. */

import type { BaselineRecord, BetweenRuns } from '../model/baseline.ts';
import type { Metric } from '../model/metrics.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import { betweenRunsSd, type RunMiddle } from '../stats/between-runs.ts';

/** What a series of records is of. */
export interface Series {
  function: string;
  isolation: string;
  metric: Metric;
}

export const seriesKey = ({ function: name, isolation, metric }: Series): string =>
  JSON.stringify([name, isolation, metric]);

/** Every series that the records hold, each once. */
export const listSeries = (records: readonly BaselineRecord[]): Series[] => [
  ...new Map(
    records.map((record) => {
      const { function: name, isolation, metric } = record;
      return [seriesKey(record), { function: name, isolation, metric }];
    }),
  ).values(),
];

/** The records of one series, oldest first: in the order of their commits where that is known, or else as they were recorded. */
export const listHistory = (
  records: readonly BaselineRecord[],
  series: Series,
  ancestors: readonly string[] | null,
): BaselineRecord[] => {
  const key = seriesKey(series);
  const distances = new Map((ancestors ?? []).map((commit, index) => [commit, index]));
  const distanceOf = ({ commit }: BaselineRecord) => (commit === null ? undefined : distances.get(commit));
  return records
    .filter(
      (record) =>
        record.summary !== undefined &&
        seriesKey(record) === key &&
        (ancestors === null || distanceOf(record) !== undefined),
    )
    .sort(
      (a, b) =>
        (distanceOf(b) ?? 0) - (distanceOf(a) ?? 0) ||
        Date.parse(a.recordedAt) - Date.parse(b.recordedAt) ||
        a.attempt - b.attempt,
    );
};

/** Half the width of a two-sided 95 % interval of a normal distribution, in standard errors. */
const HALF_WIDTH = 1.959964;

/** The middle of one run on a scale, with its standard error; null where the run has none. */
const getMiddle = ({ summary }: BaselineRecord, scale: 'ratio' | 'difference'): RunMiddle | null => {
  const { estimate = null, lower = null, upper = null } = summary?.[scale] ?? {};
  if (estimate === null) return null;
  return { middle: estimate, error: lower === null || upper === null ? null : (upper - lower) / 2 / HALF_WIDTH };
};

/** Adds to each record how much runs of its arm with the same fingerprint differ; nothing where there are too few of them. */
export const withBetweenRuns = (
  chosen: BaselineRecord[],
  records: readonly BaselineRecord[],
  ancestors: readonly string[] | null,
): BaselineRecord[] =>
  chosen.map((record) => {
    const betweenRuns = estimateBetweenRuns(record, records, ancestors);
    return betweenRuns === undefined ? record : { ...record, betweenRuns };
  });

const estimateBetweenRuns = (
  record: BaselineRecord,
  records: readonly BaselineRecord[],
  ancestors: readonly string[] | null,
): BetweenRuns | undefined => {
  const alike = records.filter(
    ({ fingerprint }) => fingerprintDifferences(fingerprint, record.fingerprint).length === 0,
  );
  const history = listHistory(alike, record, ancestors);
  const estimate = (scale: 'ratio' | 'difference') =>
    betweenRunsSd(history.map((one) => getMiddle(one, scale)).filter((one) => one !== null));
  const controls = history.flatMap(({ summary }) =>
    summary && summary.control > 0 ? [{ middle: Math.log(summary.control), error: null }] : [],
  );
  const [ratio, difference, control] = [estimate('ratio'), estimate('difference'), betweenRunsSd(controls)];
  if (difference === null) return undefined;
  return { runs: history.length, ratio: ratio ?? 0, difference, control: control ?? 0 };
};
