import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BaselineStore, StoredBaselines } from '../model/baseline.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import { appendText } from './append-text.ts';
import { withFileLock } from './file-lock.ts';
import { type MergedFile, mergeFile, pinKey } from './merge-file.ts';
import { parseFile } from './parse-file.ts';
import { gateDirectory, linesByFile } from './store-files.ts';
import { MAX_FILE_BYTES, MAX_FILES, tooLarge, tooMany, unreadLines } from './store-limits.ts';

const LOCK = '.lock';
/** What a writer that was killed while it compacted leaves; the next one takes it over. */
const PARTIAL = '.partial';

const unreadable = (path: string, error: unknown): BadInputError =>
  new BadInputError(`baseline: ${path} cannot be read (${messageOf(error)}); name a readable directory`);

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Files of one gate, sorted; none where nothing has been recorded yet. */
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

/** Null where it is larger than any file of a store; empty where there is none. */
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

/** False: the first run of a gate has no baseline yet, and the directory is made when one is recorded. */
const isThere = async (dir: string): Promise<boolean> => {
  try {
    await readdir(dir);
    return true;
  } catch (error) {
    if (!isMissing(error)) throw unreadable(dir, error);
    return false;
  }
};

const replace = async (path: string, text: string): Promise<void> => {
  const partial = `${path}${PARTIAL}`;
  await rm(partial, { force: true });
  await appendText(partial, text);
  await rename(partial, path);
};

const mergeInto = async (
  path: string,
  lines: Parameters<typeof mergeFile>[1],
  pinned: ReadonlySet<string>,
): Promise<MergedFile> => {
  const text = await readText(path);
  if (text === null) throw new BadInputError(`baseline: ${tooLarge(path).message}; move it away`);
  const merged = mergeFile(text, lines, pinned);
  await mkdir(dirname(path), { recursive: true });
  if (merged.appended === null) await replace(path, merged.text);
  else if (merged.appended !== '') await appendText(path, merged.appended);
  return merged;
};

/**
 * JSON Lines in a directory. Writers follow each other by a lock; readers need none, since whole lines are appended. A crash
 * between two files of one run leaves the first ones: recording it again adds only what is missing.
 * @throws BadInputError where `dir` exists and is not a readable directory
 */
export const openDirectoryStore = async (dir: string): Promise<BaselineStore> => {
  await isThere(dir);
  const readGate = async (gate: string): Promise<StoredBaselines> => {
    const found: StoredBaselines = { records: [], pins: [], warnings: [] };
    const files = await listFiles(join(dir, gateDirectory(gate)));
    if (files.length > MAX_FILES) found.warnings.push(tooMany(files.length));
    for (const file of files.slice(0, MAX_FILES)) {
      const text = await readText(file);
      if (text === null) {
        found.warnings.push(tooLarge(file));
        continue;
      }
      const { records, pins, skipped } = parseFile(text, gate);
      found.records.push(...records);
      found.pins.push(...pins);
      if (skipped > 0) found.warnings.push(unreadLines(file, skipped));
    }
    return found;
  };
  const appendAll: BaselineStore['append'] = async (entries) => {
    const gates = new Set([...entries.records, ...entries.pins].map(({ gate }) => gate));
    const pinned = new Set(entries.pins.map(pinKey));
    for (const gate of gates) for (const pin of (await readGate(gate)).pins) pinned.add(pinKey(pin));
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
      if (await isThere(dir)) return readGate(gate);
      const message = `the baseline directory ${dir} does not exist (yet): isogate baseline record DIR --store ${dir} makes it`;
      return { records: [], pins: [], warnings: [{ code: 'no-baseline-directory', message }] };
    },
    async append(entries) {
      await mkdir(dir, { recursive: true });
      return withFileLock(join(dir, LOCK), () => appendAll(entries));
    },
  };
};
