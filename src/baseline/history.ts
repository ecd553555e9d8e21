import type { BaselineRecord } from '../model/baseline.ts';
import type { Bounds, Metric } from '../model/metrics.ts';

export interface SeriesKey {
  function: string;
  isolation: string;
  metric: Metric;
}

/** Records of one series, oldest first: in the order of the commits where that is known, else as they were recorded. */
export const historyOf = (
  records: readonly BaselineRecord[],
  { function: name, isolation, metric }: SeriesKey,
  ancestors: readonly string[] | null,
): BaselineRecord[] => {
  const distances = new Map((ancestors ?? []).map((commit, index) => [commit, index]));
  const distanceOf = ({ commit }: BaselineRecord) => (commit === null ? undefined : distances.get(commit));
  return records
    .filter(
      (record) =>
        record.function === name &&
        record.isolation === isolation &&
        record.metric === metric &&
        record.summary !== undefined &&
        (ancestors === null || distanceOf(record) !== undefined),
    )
    .sort(
      (a, b) =>
        (distanceOf(b) ?? 0) - (distanceOf(a) ?? 0) ||
        Date.parse(a.recordedAt) - Date.parse(b.recordedAt) ||
        a.attempt - b.attempt,
    );
};

/** Half of a two-sided 95 % interval in standard errors of a normal. */
const HALF_WIDTH = 1.959964;

/** The middle of one run on a scale, with its standard error; null where it has none. */
export const middleOf = (
  { summary }: BaselineRecord,
  scale: 'ratio' | 'difference',
): { middle: number; error: number | null } | null => {
  const bounds: Bounds | null = summary?.[scale] ?? null;
  if (bounds === null || bounds.estimate === null) return null;
  const { estimate, lower, upper } = bounds;
  return { middle: estimate, error: lower === null || upper === null ? null : (upper - lower) / 2 / HALF_WIDTH };
};

/** Every series that the records hold, each once. */
export const seriesOf = (records: readonly BaselineRecord[]): SeriesKey[] => [
  ...new Map(
    records.map(({ function: name, isolation, metric }) => [
      JSON.stringify([name, isolation, metric]),
      { function: name, isolation, metric },
    ]),
  ).values(),
];
