import { shortCommit } from '../lib/text.ts';
import type { BaselinePin, BaselineRecord } from '../model/baseline.ts';
import type { Fingerprint } from '../model/probe.ts';
import type { Warning } from '../model/warnings.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import { seriesKey } from './history.ts';

/**
 * One record for each function, isolation and metric of a gate, for the header of the samples: that of the nearest ancestor
 * with this fingerprint. Where none has the fingerprint, it is the record with the fewest differences, so that the verdict can
 * name them.
 * @param ancestors commits whose records count, nearest first; null where they are unknown, so that the newest records count
 */
export const selectBaseline = (
  records: BaselineRecord[],
  gate: string,
  fingerprint: Fingerprint,
  ancestors: readonly string[] | null = null,
): BaselineRecord[] => {
  const distances = new Map((ancestors ?? []).map((commit, index) => [commit, index]));
  const distanceOf = ({ commit }: BaselineRecord): number | undefined =>
    ancestors === null ? 0 : commit === null ? undefined : distances.get(commit);
  const compare = compareFitness(fingerprint, (record) => distanceOf(record) ?? 0);
  const best = new Map<string, BaselineRecord>();
  for (const record of records) {
    if (record.gate !== gate || distanceOf(record) === undefined || isCompacted(record)) continue;
    const key = seriesKey(record);
    const known = best.get(key);
    if (known === undefined || compare(record, known) < 0) best.set(key, record);
  }
  return [...best.values()];
};

/** The fewest differences first, then the nearest ancestor, then the newest. The run id settles what is left. */
const compareFitness =
  (fingerprint: Fingerprint, distanceOf: (record: BaselineRecord) => number) =>
  (a: BaselineRecord, b: BaselineRecord): number =>
    fingerprintDifferences(a.fingerprint, fingerprint).length -
      fingerprintDifferences(b.fingerprint, fingerprint).length ||
    distanceOf(a) - distanceOf(b) ||
    Date.parse(b.recordedAt) - Date.parse(a.recordedAt) ||
    (a.runId < b.runId ? 1 : a.runId > b.runId ? -1 : b.attempt - a.attempt);

/** Of an old record only the summary is kept, with which no run can be compared. */
const isCompacted = ({ summary, blocks }: BaselineRecord): boolean =>
  summary !== undefined && blocks.difference.length === 0;

export interface Pinned {
  records: BaselineRecord[];
  warnings: Warning[];
}

/** The records of the run that was pinned last: each is the reference of its series. None where its commit is no ancestor. */
export const selectPinned = (
  pins: readonly BaselinePin[],
  records: readonly BaselineRecord[],
  ancestors: readonly string[] | null,
): Pinned => {
  const [pin] = [...pins].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (pin === undefined) return { records: [], warnings: [] };
  const own = records.filter(
    ({ runId, attempt, blocks }) => runId === pin.runId && attempt === pin.attempt && blocks.difference.length > 0,
  );
  const isUnrelated = ancestors !== null && (pin.commit === null || !ancestors.includes(pin.commit));
  if (own.length > 0 && !isUnrelated) return { records: own, warnings: [] };
  const why = isUnrelated ? 'is of no commit that this one descends from' : 'is not in the baseline any more';
  const message = `the pinned reference (run ${pin.runId} of ${shortCommit(pin.commit)}) ${why}: slow drift is not looked for; pin another: isogate baseline pin`;
  return { records: [], warnings: [{ code: 'pin-unusable', message }] };
};
