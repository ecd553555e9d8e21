import type { StoredRun } from './stored-run.ts';

/** Lines with their blocks, from which on a file is compacted; it then has room for half as many again. */
const MOST_WHOLE = 400;
/** So many of the newest lines stay as they are: a base is seldom older. */
const KEEP_WHOLE = 200;
/** Of the rest the blocks go and the run's middle stays; beyond so many every second of the older half goes. */
const KEEP_LINES = 2000;
const MOST_LINES = 2400;

export interface FileLine {
  text: string;
  /** Null for what could not be read: it stands as it is. */
  run: StoredRun | null;
}

export const needsCompaction = (lines: FileLine[]): boolean =>
  lines.length > MOST_LINES || lines.filter(({ run }) => run?.raw !== undefined).length > MOST_WHOLE;

const withoutBlocks = ({ raw: _, ...run }: StoredRun): string => JSON.stringify(run);

/**
 * Smaller, with everything that anybody decided on: accepted and pinned runs stay whole, as do lines that could not be read.
 * @param isPinned of a run
 */
export const compact = (lines: FileLine[], isPinned: (run: StoredRun) => boolean): string[] => {
  const isFree = (run: StoredRun): boolean => run.accepted === undefined && !isPinned(run);
  const old = lines.length - KEEP_WHOLE;
  const thin = lines.length > KEEP_LINES ? Math.floor(old / 2) : 0;
  return lines.flatMap((line, index) => {
    if (index >= old || line.run === null || !isFree(line.run)) return [line.text];
    if (index < thin && index % 2 === 1) return [];
    return [withoutBlocks(line.run)];
  });
};
