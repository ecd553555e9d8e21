import type { BaselineRecord } from '../model/baseline.ts';
import type { Metric } from '../model/metrics.ts';
import type { Fingerprint } from '../model/probe.ts';
import { fingerprintDifferences } from '../samples/fingerprint-differences.ts';
import { selectBaseline } from './select-baseline.ts';

/** `differences`: how the fingerprint of the nearest record differs, where that is the obstacle. */
export type FoundRecord =
  | { record: BaselineRecord }
  | { obstacle: { code: string; cause: 'first-run' | 'fingerprint'; message: string }; differences: string[] };

export interface Wanted {
  gate: string;
  function: string;
  /** Null where any isolation will do, because each record also holds the control's own values. */
  isolation: string | null;
  metric: Metric;
}

/** Finds the baseline record of one comparison, or says why there is none to compare with. */
export const findRecord = (
  records: BaselineRecord[],
  wanted: Wanted,
  fingerprint: Fingerprint,
  noun: 'baseline' | 'pinned reference' = 'baseline',
): FoundRecord => {
  if (records.length === 0) {
    const message =
      'no baseline yet: growth is measured once a run of the default branch has been recorded as one (isogate baseline record)';
    return { obstacle: { code: 'no-baseline', cause: 'first-run', message }, differences: [] };
  }
  const fitting = records.filter(
    (record) =>
      record.function === wanted.function &&
      record.metric === wanted.metric &&
      (wanted.isolation === null || record.isolation === wanted.isolation),
  );
  const candidates = selectBaseline(fitting, wanted.gate, fingerprint).map((record) => ({
    record,
    differences: fingerprintDifferences(record.fingerprint, fingerprint),
  }));
  const [nearest] = candidates.sort((a, b) => a.differences.length - b.differences.length);
  const where = `${wanted.function}/${wanted.isolation ?? 'control'}`;
  if (nearest === undefined)
    return {
      obstacle: {
        code: 'no-baseline',
        cause: 'first-run',
        message: `no ${noun} of ${wanted.metric} for ${where}: not compared`,
      },
      differences: [],
    };
  if (nearest.differences.length === 0) return { record: nearest.record };
  const what = nearest.differences.join(', ');
  const message = `the ${noun} for ${where} was measured under other conditions: ${what}; not compared`;
  return { obstacle: { code: 'fingerprint-differs', cause: 'fingerprint', message }, differences: nearest.differences };
};
