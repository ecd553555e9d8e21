import type { BaselinePin, StoredBaselines } from '../model/baseline.ts';
import type { GitRepository } from '../model/git.ts';
import { parseFile } from './parse-file.ts';
import { listBlobs, readBlobs } from './read-tree.ts';
import { gateDirectory, PINS } from './store-files.ts';
import { MAX_FILE_BYTES, MAX_FILES, tooLarge, tooMany, unreadLines } from './store-limits.ts';

type Run = GitRepository['run'];

/** Everything of one gate in a commit of the branch. @throws Error of git's */
export const readBranch = async (run: Run, tip: string, gate: string): Promise<StoredBaselines> => {
  const found: StoredBaselines = { records: [], pins: [], warnings: [] };
  const blobs = await listBlobs(run, tip, gateDirectory(gate));
  if (blobs.length > MAX_FILES) found.warnings.push(tooMany(blobs.length));
  const fitting = blobs.slice(0, MAX_FILES).filter(({ bytes }) => bytes <= MAX_FILE_BYTES);
  for (const { path, bytes } of blobs.slice(0, MAX_FILES))
    if (bytes > MAX_FILE_BYTES) found.warnings.push(tooLarge(path));
  for (const { path, text } of await readBlobs(run, fitting)) {
    const { records, pins, skipped } = parseFile(text, gate);
    found.records.push(...records);
    found.pins.push(...pins);
    if (skipped > 0) found.warnings.push(unreadLines(path, skipped));
  }
  return found;
};

/** @throws Error of git's */
export const readPins = async (run: Run, tip: string, gate: string): Promise<BaselinePin[]> => {
  const blobs = await listBlobs(run, tip, `${gateDirectory(gate)}/${PINS}`);
  const fitting = blobs.filter(({ bytes }) => bytes <= MAX_FILE_BYTES);
  const files = await readBlobs(run, fitting);
  return files.flatMap(({ text }) => parseFile(text, gate).pins);
};
