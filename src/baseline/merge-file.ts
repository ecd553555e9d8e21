/** Adds lines to a file of a store, and makes the file smaller when it has become long. */

import { isRun, parseLine, runKey, type StoredRun, type StoreLine } from './store-line.ts';

export interface MergedFile {
  text: string;
  /** What is appended to the text that was there; null where compaction has changed that text. */
  appended: string | null;
  added: number;
  known: number;
}

/**
 * What a file holds after these lines were added. Lines that it holds already are not added again. A torn last line is ended,
 * so that it does not damage the line after it. The text that was there stays as it is, unless the file is compacted.
 * @param pinned keys of the pinned runs
 */
export const mergeFile = (text: string, lines: StoreLine[], pinned: ReadonlySet<string>): MergedFile => {
  const present = text.split('\n').filter((line) => line !== '');
  const parsed = present.map((line) => ({ text: line, line: parseLine(line) }));
  const keys = new Set(parsed.flatMap(({ line }) => (line === null ? [] : [lineKey(line)])));
  const fresh = lines.filter((line) => !keys.has(lineKey(line)));
  const counts = { added: fresh.length, known: lines.length - fresh.length };
  if (fresh.length === 0) return { text, appended: '', ...counts };
  const joint = text === '' || text.endsWith('\n') ? '' : '\n';
  const appended = joint + fresh.map((line) => `${JSON.stringify(line)}\n`).join('');
  const all: FileLine[] = [
    ...parsed.map((one) => ({ text: one.text, run: isRun(one.line) ? one.line : null })),
    ...fresh.map((line) => ({ text: JSON.stringify(line), run: isRun(line) ? line : null })),
  ];
  if (!needsCompaction(all)) return { text: text + appended, appended, ...counts };
  const kept = compact(all, (run) => pinned.has(runKey(run)));
  return { text: kept.map((line) => `${line}\n`).join(''), appended: null, ...counts };
};

const lineKey = (line: StoreLine): string =>
  isRun(line)
    ? JSON.stringify([line.runId, line.attempt, line.function, line.isolation])
    : JSON.stringify([line.runId, line.attempt, line.reason, line.by]);

interface FileLine {
  text: string;
  /** Null for a pin, and for a line that could not be read: it stays as it is. */
  run: StoredRun | null;
}

/** A file with more lines that hold blocks is compacted; it then has room for half as many again. */
const MOST_WHOLE = 400;
/** So many of the newest lines keep their blocks: a base is seldom older. */
const KEEP_WHOLE = 200;
/** Older lines lose their blocks and keep the run's summary. In a file with more lines than this, every second line of the older half is dropped. */
const KEEP_LINES = 2000;
const MOST_LINES = 2400;

const needsCompaction = (lines: FileLine[]): boolean =>
  lines.length > MOST_LINES || lines.filter(({ run }) => run?.raw !== undefined).length > MOST_WHOLE;

/** Keeps everything that somebody decided on: accepted and pinned runs stay whole, as do lines that could not be read. */
const compact = (lines: FileLine[], isPinned: (run: StoredRun) => boolean): string[] => {
  const mayShrink = (run: StoredRun): boolean => run.accepted === undefined && !isPinned(run);
  const old = lines.length - KEEP_WHOLE;
  const thin = lines.length > KEEP_LINES ? Math.floor(old / 2) : 0;
  return lines.flatMap((line, index) => {
    if (index >= old || line.run === null || !mayShrink(line.run)) return [line.text];
    if (index < thin && index % 2 === 1) return [];
    return [withoutBlocks(line.run)];
  });
};

const withoutBlocks = ({ raw: _, ...run }: StoredRun): string => JSON.stringify(run);
