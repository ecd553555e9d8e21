/** `isogate baseline pin`: a recorded run becomes the reference of slow drift. */

import { shortCommit } from '../lib/text.ts';
import type { BaselinePin, BaselineRecord, BaselineStore } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';

export interface PinOptions {
  store: BaselineStore;
  gate: string;
  /** At most one of the two is given; without any, the newest run is pinned. */
  commit: string | null;
  runId: string | null;
  by: string;
  reason: string;
  now: Date;
}

/** @throws BadInputError where there is no such run */
export async function pinBaseline(options: PinOptions): Promise<BaselinePin> {
  const { store, gate, commit, runId, by, reason, now } = options;
  const { records } = await store.read(gate);
  const isWanted = (record: BaselineRecord): boolean =>
    (commit === null || record.commit?.startsWith(commit) === true) && (runId === null || record.runId === runId);
  const [newest] = records.filter(isWanted).sort((a, b) => Date.parse(b.recordedAt) - Date.parse(a.recordedAt));
  if (newest === undefined)
    throw new BadInputError(`${describeWanted(options)}: no such run in ${store.place}${describeKnown(records)}`);
  const pin: BaselinePin = {
    schema: 'isogate.pin/1',
    gate,
    runId: newest.runId,
    attempt: newest.attempt,
    commit: newest.commit,
    by,
    reason,
    at: now.toISOString(),
  };
  await store.append({ records: [], pins: [pin] });
  return pin;
}

const describeWanted = ({ gate, commit, runId }: PinOptions): string =>
  runId !== null ? `--run ${runId}` : commit !== null ? `--commit ${commit}` : `gate ${gate}`;

const MOST_NAMED = 5;

const describeKnown = (records: BaselineRecord[]): string => {
  const commits = [...new Set(records.map(({ commit }) => shortCommit(commit, 'unknown')))];
  return commits.length === 0
    ? ', which holds none; record one first: isogate baseline record'
    : `; accepted: a run of ${commits.slice(-MOST_NAMED).join(', ')}`;
};
