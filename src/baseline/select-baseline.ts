import type { BaselineRecord } from '../model/baseline.ts';
import type { Fingerprint } from '../model/probe.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';

/** Fewest differences first, then the nearest ancestor, then the newest; the run id settles what is left. */
const byFitness =
  (fingerprint: Fingerprint, distanceOf: (record: BaselineRecord) => number) =>
  (a: BaselineRecord, b: BaselineRecord): number =>
    fingerprintDifferences(a.fingerprint, fingerprint).length -
      fingerprintDifferences(b.fingerprint, fingerprint).length ||
    distanceOf(a) - distanceOf(b) ||
    Date.parse(b.recordedAt) - Date.parse(a.recordedAt) ||
    (a.runId < b.runId ? 1 : a.runId > b.runId ? -1 : b.attempt - a.attempt);

const isCompacted = ({ summary, blocks }: BaselineRecord): boolean =>
  summary !== undefined && blocks.difference.length === 0;

/**
 * One record for each function, isolation and metric of a gate: the nearest ancestor's with this fingerprint. Where none has
 * it, the one with the fewest differences, so that the verdict can name what differs. These go into the header of the samples.
 * @param ancestors commits whose records count, nearest first; null where that is not known: the newest records count then
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
  const fitter = byFitness(fingerprint, (record) => distanceOf(record) ?? 0);
  const best = new Map<string, BaselineRecord>();
  for (const record of records) {
    // Of what was compacted only the middle is left.
    if (record.gate !== gate || distanceOf(record) === undefined || isCompacted(record)) continue;
    const key = JSON.stringify([record.function, record.isolation, record.metric]);
    const known = best.get(key);
    if (known === undefined || fitter(record, known) < 0) best.set(key, record);
  }
  return [...best.values()];
};
