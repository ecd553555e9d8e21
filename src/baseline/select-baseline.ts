import type { BaselineRecord, Fingerprint } from '../types.ts';
import { fingerprintDifferences } from './fingerprint-differences.ts';

/** Fewest differences first, then the newest; the run id settles what is left, so that the choice never varies. */
const byFitness =
  (fingerprint: Fingerprint) =>
  (a: BaselineRecord, b: BaselineRecord): number =>
    fingerprintDifferences(a.fingerprint, fingerprint).length -
      fingerprintDifferences(b.fingerprint, fingerprint).length ||
    Date.parse(b.recordedAt) - Date.parse(a.recordedAt) ||
    (a.runId < b.runId ? 1 : a.runId > b.runId ? -1 : b.attempt - a.attempt);

/**
 * One record for each function, isolation and metric of a gate: the newest with this fingerprint. Where none has it, the
 * nearest one, so that the verdict can name what differs. These go into the header of the samples.
 */
export const selectBaseline = (records: BaselineRecord[], gate: string, fingerprint: Fingerprint): BaselineRecord[] => {
  const best = new Map<string, BaselineRecord>();
  const fitter = byFitness(fingerprint);
  for (const record of records) {
    if (record.gate !== gate) continue;
    const key = JSON.stringify([record.function, record.isolation, record.metric]);
    const known = best.get(key);
    if (known === undefined || fitter(record, known) < 0) best.set(key, record);
  }
  return [...best.values()];
};
