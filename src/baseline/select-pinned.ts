import { shortCommit } from '../lib/text.ts';
import type { BaselinePin, BaselineRecord } from '../model/baseline.ts';
import type { Warning } from '../model/warnings.ts';

export interface Pinned {
  records: BaselineRecord[];
  warnings: Warning[];
}

/** The records of the run that was pinned last, where its commit counts; each holds the reference for its series. */
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
  const isForeign = ancestors !== null && (pin.commit === null || !ancestors.includes(pin.commit));
  if (own.length > 0 && !isForeign) return { records: own, warnings: [] };
  const why = isForeign ? 'is of no commit that this one descends from' : 'is not in the baseline any more';
  const message = `the pinned reference (run ${pin.runId} of ${shortCommit(pin.commit)}) ${why}: slow drift is not looked for; pin another: isogate baseline pin`;
  return { records: [], warnings: [{ code: 'pin-unusable', message }] };
};
