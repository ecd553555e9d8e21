import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { takeFileLock } from '../lib/file-lock.ts';
import type { BaselineStore, StoredBaselines } from '../model/baseline.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import { type MergedFile, mergeFile } from './merge-file.ts';
import { collectStored, gateDirectory, linesByFile, MAX_FILE_BYTES, MAX_FILES, tooLarge } from './store-files.ts';
import { runKey, type StoreLine } from './store-line.ts';

const LOCK = '.lock';
/** The suffix of a file that is being compacted. A writer that was killed leaves one, and the next replaces it. */
const PARTIAL = '.partial';

/**
 * JSON Lines in a directory. A lock lets one writer in at a time. Readers need no lock, because whole lines are appended. A
 * crash between two files of one run leaves only the first ones: recording the run again adds what is missing.
 * @throws BadInputError where `dir` exists and is not a readable directory
 */
export const openDirectoryStore = async (dir: string): Promise<BaselineStore> => {
  await exists(dir);
  const readGate = async (gate: string): Promise<StoredBaselines> => {
    const files = await listFiles(join(dir, gateDirectory(gate)));
    return collectStored(readTexts(files.slice(0, MAX_FILES)), files.length, gate);
  };
  const appendAll: BaselineStore['append'] = async (entries) => {
    const gates = new Set([...entries.records, ...entries.pins].map(({ gate }) => gate));
    const pinned = new Set(entries.pins.map(runKey));
    for (const gate of gates) for (const pin of (await readGate(gate)).pins) pinned.add(runKey(pin));
    const counts = { added: 0, known: 0 };
    for (const [name, lines] of linesByFile(entries)) {
      const merged = await mergeInto(join(dir, name), lines, pinned);
      counts.added += merged.added;
      counts.known += merged.known;
    }
    return counts;
  };
  return {
    place: dir,
    async read(gate) {
      if (await exists(dir)) return readGate(gate);
      const message = `the baseline directory ${dir} does not exist (yet): isogate baseline record DIR --store ${dir} makes it`;
      return { records: [], pins: [], warnings: [{ code: 'no-baseline-directory', message }] };
    },
    async append(entries) {
      await mkdir(dir, { recursive: true });
      const path = join(dir, LOCK);
      const lock = await takeFileLock(path).catch((error: unknown) => {
        throw new BadInputError(
          `baseline: the lock ${path} cannot be had (${messageOf(error)}); name a directory that can be written`,
          { cause: error },
        );
      });
      return appendAll(entries).finally(lock.release);
    },
  };
};

/** False where a gate has no baseline yet: the directory is made when the first run is recorded. */
const exists = async (dir: string): Promise<boolean> => {
  try {
    await readdir(dir);
    return true;
  } catch (error) {
    if (!isMissing(error)) throw unreadable(dir, error);
    return false;
  }
};

/** The files of one gate, sorted; none where nothing has been recorded yet. */
const listFiles = async (root: string): Promise<string[]> => {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'));
    return files.map((entry) => join(entry.parentPath, entry.name)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(root, error);
  }
};

async function* readTexts(paths: string[]) {
  for (const path of paths) yield { path, text: await readText(path) };
}

/** Null where the file is larger than any that a store writes; empty where there is none. */
const readText = async (path: string): Promise<string | null> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return (await file.stat()).size > MAX_FILE_BYTES ? null : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return '';
    throw unreadable(path, error);
  }
};

const mergeInto = async (path: string, lines: StoreLine[], pinned: ReadonlySet<string>): Promise<MergedFile> => {
  const text = await readText(path);
  if (text === null) throw new BadInputError(`baseline: ${tooLarge(path).message}; move it away`);
  const merged = mergeFile(text, lines, pinned);
  await mkdir(dirname(path), { recursive: true });
  if (merged.appended === null) await replace(path, merged.text);
  else if (merged.appended !== '') await appendText(path, merged.appended);
  return merged;
};

const replace = async (path: string, text: string): Promise<void> => {
  const partial = `${path}${PARTIAL}`;
  await rm(partial, { force: true });
  await appendText(partial, text);
  await rename(partial, path);
};

/** One write with O_APPEND, then fsync, so that a killed writer leaves at most a torn last line. @throws Error where the disk is full */
const appendText = async (path: string, text: string): Promise<void> => {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o644);
  try {
    const data = Buffer.from(text);
    const { bytesWritten } = await file.write(data);
    if (bytesWritten !== data.length)
      throw new Error(`${path}: only ${bytesWritten} of ${data.length} bytes were written; is the disk full?`);
    await file.sync();
  } finally {
    await file.close();
  }
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const unreadable = (path: string, error: unknown): BadInputError =>
  new BadInputError(`baseline: ${path} cannot be read (${messageOf(error)}); name a readable directory`);
