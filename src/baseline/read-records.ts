import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BadInputError, messageOf } from '../errors.ts';
import type { BaselineRecord, Warning } from '../types.ts';
import { parseBaselineRecord } from './record-schema.ts';

/** Of a larger file only the end is read: the newest records stand there. */
const MAX_FILE_BYTES = 32 * 2 ** 20;
const MAX_LINE_CHARACTERS = 2 ** 20;

const readEnd = async (path: string): Promise<{ text: string; cut: boolean }> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - MAX_FILE_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return { text: buffer.toString('utf8', 0, bytesRead), cut: start > 0 };
  } finally {
    await file.close();
  }
};

/** Null for anything that is not a record of this gate. */
const parseLine = (line: string, gate: string): BaselineRecord | null => {
  if (line.length > MAX_LINE_CHARACTERS) return null;
  try {
    const record = parseBaselineRecord(JSON.parse(line));
    return record.gate === gate ? record : null;
  } catch {
    return null;
  }
};

/** The records of one file; what cannot be read as one is left out and counted. @throws BadInputError on an I/O error */
export const readRecords = async (
  path: string,
  gate: string,
): Promise<{ records: BaselineRecord[]; warnings: Warning[] }> => {
  const { text, cut } = await readEnd(path).catch((error: unknown) => {
    throw new BadInputError(`baseline: ${path} cannot be read (${messageOf(error)}); name a readable directory`);
  });
  const lines = text.split('\n').slice(cut ? 1 : 0);
  const parsed = lines.filter((line) => line.trim() !== '').map((line) => parseLine(line, gate));
  const records = parsed.filter((record) => record !== null);
  const skipped = parsed.length - records.length;
  const warnings = [
    ...(skipped === 0
      ? []
      : [{ code: 'baseline-lines-skipped', message: `${path}: ${skipped} lines are no baseline records; left out` }]),
    ...(cut
      ? [{ code: 'baseline-file-large', message: `${path}: only its last ${MAX_FILE_BYTES} bytes were read` }]
      : []),
  ];
  return { records, warnings };
};
