import type { BaselinePin, BaselineRecord } from '../model/baseline.ts';
import { parsePin } from './pin-schema.ts';
import { fromStoredRun, parseStoredRun } from './stored-run.ts';

const MAX_LINE_CHARACTERS = 4 * 2 ** 20;

/** What one line of a store's file holds; null for what is not of this gate, or no record at all. */
const parseLine = (line: string, gate: string): { records: BaselineRecord[]; pins: BaselinePin[] } | null => {
  if (line.length > MAX_LINE_CHARACTERS) return null;
  try {
    const data: unknown = JSON.parse(line);
    if ((data as { schema?: unknown }).schema === 'isogate.pin/1') {
      const pin = parsePin(data);
      return pin.gate === gate ? { records: [], pins: [pin] } : null;
    }
    const run = parseStoredRun(data);
    return run.gate === gate ? { records: fromStoredRun(run), pins: [] } : null;
  } catch {
    return null;
  }
};

export interface ParsedFile {
  records: BaselineRecord[];
  pins: BaselinePin[];
  /** Lines that were left out. */
  skipped: number;
}

/** Whatever is in it: what cannot be read is left out and counted, a torn last line among it. */
export const parseFile = (text: string, gate: string): ParsedFile => {
  const parsed = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseLine(line, gate));
  const found = parsed.filter((one) => one !== null);
  return {
    records: found.flatMap(({ records }) => records),
    pins: found.flatMap(({ pins }) => pins),
    skipped: parsed.length - found.length,
  };
};
