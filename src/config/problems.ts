import type * as v from 'valibot';
import { escapeInvisible, shorten } from '../lib/text.ts';
import { BadInputError } from '../model/errors.ts';

/** Finds the 1-based line of a key in a file; null where the file does not tell. */
export type LineIndex = (path: readonly PropertyKey[]) => number | null;

export interface Problem {
  path: readonly PropertyKey[];
  message: string;
}

export type Report = (path: readonly PropertyKey[], message: string) => void;

/** The problems that a schema found. */
export const listProblems = (issues: readonly v.BaseIssue<unknown>[] = []): Problem[] =>
  issues.map(({ path, message }) => ({ path: (path ?? []).map((item) => item.key as PropertyKey), message }));

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

const LONGEST_SHOWN = 80;

/** A user's value on one line: as JSON, cut at 80 characters, without characters that move a terminal's cursor. */
export const show = (value: unknown): string =>
  shorten(escapeInvisible(JSON.stringify(value) ?? String(value)), LONGEST_SHOWN);

/** `functions.api.events[1]`; names with unusual characters stand in quotes. */
const showPath = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = /^[\w.-]{1,64}$/.test(String(key)) ? String(key) : show(String(key));
      return index === 0 ? name : `.${name}`;
    })
    .join('');

/** Edit distance in which a swap of two neighbours counts as one edit (optimal string alignment). */
const editDistance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(substitution, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
};

/** ` (did you mean budgets?)`; empty where every accepted word differs by more than a third of its length. */
export const suggest = (word: string, accepted: readonly string[]): string => {
  if (word.length > 64) return '';
  const near = accepted
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return near[0] ? ` (did you mean ${near[0].candidate}?)` : '';
};
