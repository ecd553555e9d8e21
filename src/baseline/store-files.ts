/** The files of a store, which are the same in a directory and on a branch. */

import { createHash } from 'node:crypto';
import type { BaselinePin, BaselineRecord, StoredBaselines } from '../model/baseline.ts';
import type { Fingerprint } from '../model/probe.ts';
import type { Warning } from '../model/warnings.ts';
import { fromStoredRun, isRun, parseLine, type StoredRun, type StoreLine, toStoredRuns } from './store-line.ts';

/** The most that is read of one gate. Compaction keeps the files far below it. */
export const MAX_FILE_BYTES = 32 * 2 ** 20;
export const MAX_FILES = 20_000;

export const PINS = 'pins.jsonl';
export const gateDirectory = (gate: string): string => escapeName(gate);

/** `GATE/FUNCTION/ISOLATION/FINGERPRINT.jsonl` and `GATE/pins.jsonl`, with the lines that belong in each. */
export const linesByFile = ({
  records,
  pins,
}: {
  records: readonly BaselineRecord[];
  pins: readonly BaselinePin[];
}): Map<string, StoreLine[]> => {
  const files = new Map<string, StoreLine[]>();
  const add = (file: string, line: StoreLine) => files.set(file, [...(files.get(file) ?? []), line]);
  for (const run of toStoredRuns(records)) add(runFile(run), run);
  for (const pin of pins) add(`${gateDirectory(pin.gate)}/${PINS}`, pin);
  return files;
};

const runFile = ({ gate, function: name, isolation, fingerprint }: StoredRun): string =>
  [gateDirectory(gate), escapeName(name), escapeName(isolation), `${hashFingerprint(fingerprint)}.jsonl`].join('/');

/**
 * A file name for any string: each byte that is not a letter, digit, `_` or `-` becomes `%XX`, so that different strings have
 * different names.
 */
const escapeName = (name: string): string =>
  Array.from(new TextEncoder().encode(name), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

/** 64 bits are enough for the few fingerprints of a gate. */
const HASH_DIGITS = 16;

/** The same for equal fingerprints only. */
export const hashFingerprint = (fingerprint: Fingerprint): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(fingerprint).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, HASH_DIGITS);

export interface StoreFile {
  path: string;
  /** Null where the file is larger than any that a store writes. */
  text: string | null;
}

/**
 * What the files of one gate hold. Lines that cannot be read are left out with a warning, a torn last line among them.
 * @param count of all files, of which `files` gives at most the first `MAX_FILES`
 */
export const collectStored = async (
  files: AsyncIterable<StoreFile> | Iterable<StoreFile>,
  count: number,
  gate: string,
): Promise<StoredBaselines> => {
  const found: StoredBaselines = { records: [], pins: [], warnings: [] };
  if (count > MAX_FILES) found.warnings.push(tooMany(count));
  for await (const { path, text } of files) {
    if (text === null) {
      found.warnings.push(tooLarge(path));
      continue;
    }
    const { records, pins, skipped } = parseFile(text, gate);
    found.records.push(...records);
    found.pins.push(...pins);
    if (skipped > 0) found.warnings.push(unreadLines(path, skipped));
  }
  return found;
};

interface ParsedFile {
  records: BaselineRecord[];
  pins: BaselinePin[];
  /** Number of lines that were left out. */
  skipped: number;
}

/** Whatever a file holds: lines that are not of this gate, or cannot be read, are left out and counted. */
export const parseFile = (text: string, gate: string): ParsedFile => {
  const found: ParsedFile = { records: [], pins: [], skipped: 0 };
  for (const part of text.split('\n').filter((one) => one.trim() !== '')) {
    const line = parseLine(part);
    if (line?.gate !== gate) found.skipped += 1;
    else if (isRun(line)) addRecords(line, found);
    else found.pins.push(line);
  }
  return found;
};

const addRecords = (run: StoredRun, found: ParsedFile): void => {
  try {
    found.records.push(...fromStoredRun(run));
  } catch {
    found.skipped += 1;
  }
};

const unreadLines = (file: string, count: number): Warning => ({
  code: 'baseline-lines-skipped',
  message: `${file}: ${count} ${count === 1 ? 'line is no baseline record' : 'lines are no baseline records'}; left out`,
});

export const tooLarge = (file: string): Warning => ({
  code: 'baseline-file-large',
  message: `${file}: larger than ${MAX_FILE_BYTES} bytes, more than a store ever writes; left out`,
});

const tooMany = (count: number): Warning => ({
  code: 'baseline-files-many',
  message: `the baseline has ${count} files, more than a store ever writes; only the first ${MAX_FILES} are read`,
});
