/** Flow part: what was recorded of a gate, as series for people: points, steps, drifts, changes of the host. */

import type { BaselinePin, BaselineRecord, HistoryPoint, HistorySeries } from '../model/baseline.ts';
import type { Bounds } from '../model/metrics.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import { changePoints } from '../stats/change-points.ts';
import { slowDrift } from '../stats/slow-drift.ts';
import { historyOf, middleOf, seriesOf } from './history.ts';
import { pinKey } from './merge-file.ts';
import { fingerprintId } from './store-files.ts';

export interface HistorySource {
  records: readonly BaselineRecord[];
  pins: readonly BaselinePin[];
  /** Nearest first; null where nothing is known of the commits: then all records count, as they were recorded. */
  ancestors: readonly string[] | null;
}

/** Only runs of one fingerprint are compared, also where several machines take turns. */
const byHost = (points: HistoryPoint[], history: readonly BaselineRecord[]): HistoryPoint[][] => {
  const hosts = new Map<string, HistoryPoint[]>();
  for (const [index, point] of points.entries()) {
    const host = fingerprintId(history[index]?.fingerprint ?? {});
    hosts.set(host, [...(hosts.get(host) ?? []), point]);
  }
  return [...hosts.values()];
};

const logs = (points: HistoryPoint[]): number[] => points.map(({ estimate }) => Math.log(estimate));

export const historySeries = ({ records, pins, ancestors }: HistorySource): HistorySeries[] => {
  const pinned = new Set(pins.map(pinKey));
  return seriesOf(records).flatMap((key) => {
    const history = historyOf(records, key, ancestors).filter((one) => middleOf(one, 'ratio') !== null);
    const points = history.map((record, index): HistoryPoint => {
      const { estimate, lower, upper } = (record.summary as { ratio: Bounds & { estimate: number } }).ratio;
      const before = history[index - 1];
      const exp = (value: number | null) => (value === null ? null : Math.exp(value));
      const mark = record.accepted ? 'accepted' : pinned.has(pinKey(record)) ? 'pinned' : null;
      return {
        ...{ commit: record.commit, recordedAt: record.recordedAt, runId: record.runId },
        ...{ blocks: record.summary?.blocks ?? 0, verdict: record.verdict ?? null, mark, step: null },
        ...{ estimate: Math.exp(estimate), lower: exp(lower), upper: exp(upper) },
        hostChange: before ? fingerprintDifferences(before.fingerprint, record.fingerprint) : [],
      };
    });
    if (points.length === 0) return [];
    const hosts = byHost(points, history);
    for (const part of hosts)
      for (const { index, shift, p } of changePoints(logs(part))) {
        const point = part[index];
        if (point) point.step = { factor: Math.exp(shift), p };
      }
    return [{ ...key, points, drift: driftOf(hosts.find((host) => host.at(-1) === points.at(-1)) ?? []) }];
  });
};

function driftOf(points: HistoryPoint[]): HistorySeries['drift'] {
  const drift = slowDrift(logs(points));
  if (drift === null) return null;
  const from = points.at(-drift.length)?.commit ?? null;
  const to = points.at(-1)?.commit ?? null;
  return { from, to, runs: drift.length, factor: Math.exp(drift.total), p: drift.p };
}
