import type { BaselineRecord } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';
import type { Samples } from '../model/samples.ts';
import { collectRecords } from './collect-records.ts';
import { readRecords } from './read-samples.ts';
import type { AttemptTracker } from './track-attempts.ts';

/** Text that is held in memory until it stands in the new file; a run's samples are far below this. */
const MAX_BYTES = 512 * 2 ** 20;

/** What an earlier attempt left for a further one. */
export interface EarlierRun {
  samples: Samples;
  /** Its records after the header, as they stand in the file; the last is an `end`. */
  lines: string[];
  attempts: AttemptTracker;
}

/**
 * The samples of an earlier attempt with the very lines that the new file takes over. Read once and whole, so the new file
 * may replace it. Where the attempt was killed, an `end` is added: attempts are told apart by it.
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readEarlier = async (
  path: string,
  parseRecord: (data: unknown) => BaselineRecord,
): Promise<EarlierRun> => {
  const collector = collectRecords(path, parseRecord);
  const lines: string[] = [];
  let bytes = 0;
  await readRecords(path, collector, (text) => {
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_BYTES) throw new BadInputError(`${path}: over ${MAX_BYTES} bytes; no run leaves as much`);
    lines.push(text);
  });
  // A torn last line is not taken over, so there is none.
  const { samples, attempts } = collector.finish(0);
  const records = lines.slice(1);
  if (records.length > 0 && !attempts.isEnded()) {
    const end = { type: 'end', reason: 'interrupted' } as const;
    attempts.add(end);
    records.push(JSON.stringify(end));
  }
  return { samples: { ...samples, end: null }, lines: records, attempts };
};
