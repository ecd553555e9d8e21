import type { BaselinePin } from '../model/baseline.ts';
import { compact, type FileLine, needsCompaction } from './compact.ts';
import { parsePin } from './pin-schema.ts';
import { parseStoredRun, type StoredRun } from './stored-run.ts';

type Line = StoredRun | BaselinePin;

const keyOf = (line: Line): string =>
  'metrics' in line
    ? JSON.stringify([line.runId, line.attempt, line.function, line.isolation])
    : JSON.stringify([line.runId, line.attempt, line.reason, line.by]);

const parseAny = (text: string): Line | null => {
  try {
    const data: unknown = JSON.parse(text);
    return (data as { schema?: unknown }).schema === 'isogate.pin/1' ? parsePin(data) : parseStoredRun(data);
  } catch {
    return null;
  }
};

export interface MergedFile {
  text: string;
  /** Only what comes behind the text that was there; null where that has changed, by compaction. */
  appended: string | null;
  added: number;
  known: number;
}

const isRun = (line: Line | null): line is StoredRun => line !== null && 'metrics' in line;

/**
 * What a file holds after these lines were added: those of runs that stand in it already are not. A torn last line is closed,
 * so that it costs nothing of what comes behind it. What was there stays letter by letter, but for compaction.
 */
export const mergeFile = (text: string, lines: Line[], pinned: ReadonlySet<string>): MergedFile => {
  const there = text.split('\n').filter((line) => line !== '');
  const parsed = there.map((line) => ({ text: line, line: parseAny(line) }));
  const keys = new Set(parsed.flatMap(({ line }) => (line === null ? [] : [keyOf(line)])));
  const fresh = lines.filter((line) => !keys.has(keyOf(line)));
  const counts = { added: fresh.length, known: lines.length - fresh.length };
  if (fresh.length === 0) return { text, appended: '', ...counts };
  const joint = text === '' || text.endsWith('\n') ? '' : '\n';
  const appended = joint + fresh.map((line) => `${JSON.stringify(line)}\n`).join('');
  const whole = text + appended;
  const all: FileLine[] = [
    ...parsed.map((one) => ({ text: one.text, run: isRun(one.line) ? one.line : null })),
    ...fresh.map((line) => ({ text: JSON.stringify(line), run: isRun(line) ? line : null })),
  ];
  if (!needsCompaction(all)) return { text: whole, appended, ...counts };
  const kept = compact(all, (run) => pinned.has(pinKey(run)));
  return { text: kept.map((line) => `${line}\n`).join(''), appended: null, ...counts };
};

export const pinKey = ({ runId, attempt }: { runId: string; attempt: number }): string =>
  JSON.stringify([runId, attempt]);
