/** What was recorded of a gate, as series for people: points, steps, slow drift, and changes of the host. */

import { formatCost, METRIC_NAMES } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import { shortCommit } from '../lib/text.ts';
import type { BaselinePin, BaselineRecord, HistoryPoint, HistorySeries } from '../model/baseline.ts';
import type { Bounds } from '../model/metrics.ts';
import type { Warning } from '../model/warnings.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import { changePoints } from '../stats/change-points.ts';
import { slowDrift } from '../stats/trend.ts';
import { listHistory, listSeries } from './history.ts';
import { hashFingerprint } from './store-files.ts';
import { runKey } from './store-line.ts';

export interface HistorySource {
  records: readonly BaselineRecord[];
  pins: readonly BaselinePin[];
  /** Nearest first; null where nothing is known of the commits, so that all records count in the order of their recording. */
  ancestors: readonly string[] | null;
}

/** Steps and drift are looked for among runs of one fingerprint only, also where several machines take turns. */
export const historySeries = ({ records, pins, ancestors }: HistorySource): HistorySeries[] => {
  const pinned = new Set(pins.map(runKey));
  return listSeries(records).flatMap((series) => {
    const history = listHistory(records, series, ancestors).filter(hasRatio);
    const points = history.map((record, index) => toPoint(record, history[index - 1], pinned));
    if (points.length === 0) return [];
    const hosts = [...groupBy(points.keys(), (index) => hashFingerprint(history[index]?.fingerprint ?? {})).values()];
    const steps = new Map<number, HistoryPoint['step']>();
    for (const host of hosts)
      for (const { index, shift, p } of changePoints(logEstimates(host, points)))
        steps.set(host[index] as number, { factor: Math.exp(shift), p });
    const newest = hosts.find((host) => host.at(-1) === points.length - 1) ?? [];
    return [
      {
        ...series,
        points: points.map((point, index) => ({ ...point, step: steps.get(index) ?? null })),
        drift: findDrift(newest, points),
      },
    ];
  });
};

interface RecordWithRatio extends BaselineRecord {
  summary: NonNullable<BaselineRecord['summary']> & { ratio: Bounds & { estimate: number } };
}

const hasRatio = (record: BaselineRecord): record is RecordWithRatio => record.summary?.ratio?.estimate != null;

const toPoint = (
  record: RecordWithRatio,
  before: RecordWithRatio | undefined,
  pinned: ReadonlySet<string>,
): HistoryPoint => {
  const { estimate, lower, upper } = record.summary.ratio;
  return {
    commit: record.commit,
    recordedAt: record.recordedAt,
    runId: record.runId,
    blocks: record.summary.blocks,
    estimate: Math.exp(estimate),
    lower: lower === null ? null : Math.exp(lower),
    upper: upper === null ? null : Math.exp(upper),
    verdict: record.verdict ?? null,
    mark: record.accepted ? 'accepted' : pinned.has(runKey(record)) ? 'pinned' : null,
    hostChange: before ? fingerprintDifferences(before.fingerprint, record.fingerprint) : [],
    step: null,
  };
};

const logEstimates = (indices: number[], points: HistoryPoint[]): number[] =>
  indices.map((index) => Math.log((points[index] as HistoryPoint).estimate));

const findDrift = (indices: number[], points: HistoryPoint[]): HistorySeries['drift'] => {
  const drift = slowDrift(logEstimates(indices, points));
  if (drift === null) return null;
  const [first, last] = [indices.at(-drift.length), indices.at(-1)] as [number, number];
  return {
    from: points[first]?.commit ?? null,
    to: points[last]?.commit ?? null,
    runs: drift.length,
    factor: Math.exp(drift.total),
    p: drift.p,
  };
};

/** A smaller drift in all is none that anybody acts on. */
const LEAST_FACTOR = 1.02;

/** Warns of overheads that rose commit by commit without any limit catching it. Not gated, because no single change did it. */
export const historyWarnings = (history: HistorySeries[]): Warning[] =>
  history.flatMap(({ function: name, isolation, metric, drift }) => {
    if (drift === null || drift.factor < LEAST_FACTOR) return [];
    const message = `${name}: ${METRIC_NAMES[metric]} of ${isolation} has drifted by about ${formatCost(drift.factor, 'x')} over the last ${drift.runs} recorded runs, ${shortCommit(drift.from)}..${shortCommit(drift.to)}, in steps too small for any limit (isogate baseline show; isogate baseline pin holds later changes against a fixed reference)`;
    return [{ code: 'slow-drift', message }];
  });
