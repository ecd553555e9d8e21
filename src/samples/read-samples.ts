import type { BaselineRecord } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';
import type { Samples } from '../model/samples.ts';
import { collectRecords, type RecordCollector } from './collect-records.ts';
import { show } from './parse-record.ts';
import { type Line, readLines } from './read-lines.ts';

const parseJson = (line: Line): { data: unknown } | null => {
  try {
    return { data: JSON.parse(line.text) };
  } catch {
    return null;
  }
};

/** Every record of the file, in its order. @returns 1 where the last line was torn, else 0 */
export const readRecords = async (
  path: string,
  collector: Pick<RecordCollector, 'add'>,
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

/**
 * A samples file (docs/reference/samples.md), from this program or another. Strict about the header and the numbers; a torn last
 * line, lines of unknown type and incomplete blocks are left out and counted.
 * @param parseRecord the baseline room's parser, for the records that the header holds
 * @throws BadInputError naming file, line, key, value and what is accepted
 */
export const readSamples = async (path: string, parseRecord: (data: unknown) => BaselineRecord): Promise<Samples> => {
  const collector = collectRecords(path, parseRecord);
  return collector.finish(await readRecords(path, collector)).samples;
};
