import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BadInputError, messageOf } from '../errors.ts';
import type { BaselineRecord, Warning } from '../types.ts';
import { appendLines } from './append-lines.ts';
import { readRecords } from './read-records.ts';
import { safeName } from './safe-name.ts';

/** The store port: where baselines live between runs. */
export interface BaselineStore {
  /** Every readable record of one gate, and a warning for each file with lines that were not. */
  read(gate: string): Promise<{ records: BaselineRecord[]; warnings: Warning[] }>;
  /** Each file is written by one append and synced; readers see whole lines. */
  append(records: BaselineRecord[]): Promise<void>;
}

/** Files of one gate, sorted; none where nothing has been recorded yet. */
const listFiles = async (dir: string, gate: string): Promise<string[]> => {
  const root = join(dir, safeName(gate));
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'));
    return files.map((entry) => join(entry.parentPath, entry.name)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new BadInputError(`baseline: ${root} cannot be read (${messageOf(error)}); name a readable directory`);
  }
};

const assertReadable = async (dir: string): Promise<void> => {
  try {
    await readdir(dir);
  } catch (error) {
    // The first run of a gate has no baseline yet: the directory is made when one is recorded.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new BadInputError(`baseline: ${dir} cannot be read (${messageOf(error)}); name a readable directory`);
  }
};

const fileOf = (dir: string, record: BaselineRecord): string =>
  join(dir, safeName(record.gate), safeName(record.function), `${safeName(record.isolation)}.jsonl`);

/**
 * JSON Lines files `GATE/FUNCTION/ISOLATION.jsonl` in a directory.
 * @throws BadInputError where `dir` exists and is not a readable directory
 */
export const openDirectoryStore = async (dir: string): Promise<BaselineStore> => {
  await assertReadable(dir);
  return {
    async read(gate) {
      const records: BaselineRecord[] = [];
      const warnings: Warning[] = [];
      for (const file of await listFiles(dir, gate)) {
        const found = await readRecords(file, gate);
        records.push(...found.records);
        warnings.push(...found.warnings);
      }
      return { records, warnings };
    },
    async append(records) {
      const byFile = new Map<string, BaselineRecord[]>();
      for (const record of records) {
        const file = fileOf(dir, record);
        byFile.set(file, [...(byFile.get(file) ?? []), record]);
      }
      for (const [file, lines] of byFile) {
        await mkdir(dirname(file), { recursive: true });
        await appendLines(file, lines);
      }
    },
  };
};
