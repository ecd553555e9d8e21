import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { Samples } from '../model/samples.ts';
import { collectRecords, type RecordCollector } from './collect-records.ts';
import { show } from './parse-record.ts';
import { type Line, readLines } from './read-lines.ts';
import type { AttemptTracker } from './track-attempts.ts';

/** @throws BadInputError where there is nothing */
export const findSamplesFile = async (path: string): Promise<string> => {
  try {
    return (await stat(path)).isDirectory() ? join(path, 'samples.jsonl') : path;
  } catch (error) {
    throw new BadInputError(`${path}: ${messageOf(error)}; accepted: a run's directory, or its samples.jsonl`);
  }
};

/**
 * Reads a samples file (docs/reference/samples.md) of this program or another. It is strict about the header and the numbers.
 * A torn last line, lines of unknown type and incomplete blocks are left out and counted.
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readSamples = async (path: string): Promise<Samples> => {
  const collector = collectRecords(path);
  return collector.finish(await readRecords(path, collector)).samples;
};

/** What an earlier attempt left for a further one. */
export interface EarlierRun {
  samples: Samples;
  /** Its records after the header, as they stand in the file. The last one is an `end`. */
  lines: string[];
  attempts: AttemptTracker;
}

/** All lines are held in memory until they stand in the new file. The samples of a run are far below this size. */
const MAX_BYTES = 512 * 2 ** 20;

/**
 * Reads the samples of an earlier attempt together with its lines, which the new file takes over. The file is read once and
 * whole, so the new file may replace it. Where the attempt was killed an `end` is added, because `end` separates attempts.
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readEarlier = async (path: string): Promise<EarlierRun> => {
  const collector = collectRecords(path);
  const lines: string[] = [];
  let bytes = 0;
  await readRecords(path, collector, (text) => {
    bytes += Buffer.byteLength(text);
    if (bytes > MAX_BYTES) throw new BadInputError(`${path}: over ${MAX_BYTES} bytes; no run leaves as much`);
    lines.push(text);
  });
  // A torn last line is not taken over, so the new file has none.
  const { samples, attempts } = collector.finish(0);
  const records = lines.slice(1);
  if (records.length > 0 && !attempts.isEnded()) {
    const end = { type: 'end', reason: 'interrupted' } as const;
    attempts.add(end);
    records.push(JSON.stringify(end));
  }
  return { samples: { ...samples, end: null }, lines: records, attempts };
};

/** Hands every record of the file to the collector. @returns 1 where the last line was torn, else 0 */
const readRecords = async (
  path: string,
  collector: RecordCollector,
  onLine: (text: string) => void = () => {},
): Promise<number> => {
  let broken: Line | null = null;
  for await (const line of readLines(path)) {
    if (line.text.trim() === '') continue;
    if (broken !== null)
      throw new BadInputError(
        `${path}:${broken.number}: ${show(broken.text)}: not JSON; accepted: one JSON object a line`,
      );
    const parsed = parseJson(line);
    if (parsed === null) broken = line;
    else {
      collector.add(parsed.data, line.number);
      onLine(line.text);
    }
  }
  return broken === null ? 0 : 1;
};

const parseJson = (line: Line): { data: unknown } | null => {
  try {
    return { data: JSON.parse(line.text) };
  } catch {
    return null;
  }
};
