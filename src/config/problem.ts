import { BadInputError } from '../model/errors.ts';
import { showPath } from './show.ts';

/** Where a key stands in a file: its 1-based line, or null where the file does not tell. */
export type LineIndex = (path: readonly PropertyKey[]) => number | null;

export interface Problem {
  path: readonly PropertyKey[];
  message: string;
}

export type Report = (path: readonly PropertyKey[], message: string) => void;

/** The first problem in the file's order on one line, and how many more there are. */
export const problemsError = (problems: Problem[], source: string, lines?: LineIndex): BadInputError => {
  const placed = problems
    .map((problem) => ({ ...problem, line: lines?.(problem.path) ?? null }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const first = placed[0];
  if (!first) return new BadInputError(`${source}: not a valid configuration`);
  const place = first.line === null ? source : `${source}:${first.line}`;
  const key = first.path.length > 0 ? `${showPath(first.path)}: ` : '';
  const more = placed.length > 1 ? ` (and ${placed.length - 1} more)` : '';
  return new BadInputError(`${place}: ${key}${first.message}${more}`);
};
