/** Reads the files of a store from a commit of its branch. */

import type { BaselinePin, StoredBaselines } from '../model/baseline.ts';
import type { GitRepository } from '../model/git.ts';
import { collectStored, gateDirectory, MAX_FILE_BYTES, MAX_FILES, PINS, parseFile } from './store-files.ts';

type Run = GitRepository['run'];

/** Everything of one gate in a commit of the branch. @throws Error of git's */
export const readBranch = async (run: Run, tip: string, gate: string): Promise<StoredBaselines> => {
  const blobs = await listBlobs(run, tip, gateDirectory(gate));
  const read = blobs.slice(0, MAX_FILES);
  const texts = await readBlobs(
    run,
    read.filter(({ bytes }) => bytes <= MAX_FILE_BYTES),
  );
  const tooLarge = read.filter(({ bytes }) => bytes > MAX_FILE_BYTES).map(({ path }) => ({ path, text: null }));
  return collectStored([...tooLarge, ...texts], blobs.length, gate);
};

/** @throws Error of git's */
export const readPins = async (run: Run, tip: string, gate: string): Promise<BaselinePin[]> => {
  const blobs = await listBlobs(run, tip, `${gateDirectory(gate)}/${PINS}`);
  const fitting = blobs.filter(({ bytes }) => bytes <= MAX_FILE_BYTES);
  const files = await readBlobs(run, fitting);
  return files.flatMap(({ text }) => parseFile(text, gate).pins);
};

interface Blob {
  id: string;
  path: string;
  bytes: number;
}

/** `MODE TYPE ID SIZE\tPATH`: https://git-scm.com/docs/git-ls-tree#_output_format */
const ENTRY = /^100(?:644|755) blob ([0-9a-f]{40}|[0-9a-f]{64}) +(\d+)\t(.+)$/;

/** The regular files called `*.jsonl` at or below a path of a commit's tree; no links, submodules or others. */
export const listBlobs = async (run: Run, commit: string, path: string): Promise<Blob[]> => {
  const listed = await run(['ls-tree', '-r', '-z', '--full-tree', '--long', commit, '--', path]);
  return listed
    .toString()
    .split('\0')
    .flatMap((line) => {
      const [, id, bytes, name] = ENTRY.exec(line) ?? [];
      return id !== undefined && name?.endsWith('.jsonl') ? [{ id, bytes: Number(bytes), path: name }] : [];
    });
};

/** In the order given. `ID TYPE SIZE\n` CONTENT `\n`: https://git-scm.com/docs/git-cat-file#_batch_output */
export const readBlobs = async (run: Run, blobs: Blob[]): Promise<{ path: string; text: string }[]> => {
  const files: { path: string; text: string }[] = [];
  for (const part of splitBySize(blobs)) {
    const output = await run(['cat-file', '--batch'], { input: part.map(({ id }) => `${id}\n`).join('') });
    let at = 0;
    for (const { path, bytes } of part) {
      const start = output.indexOf(0x0a, at) + 1;
      files.push({ path, text: output.toString('utf8', start, start + bytes) });
      at = start + bytes + 1;
    }
  }
  return files;
};

/** So much is read at once, which fits well into memory. */
const MAX_PART_BYTES = 32 * 2 ** 20;

const splitBySize = (blobs: Blob[]): Blob[][] => {
  const parts: Blob[][] = [];
  let left = 0;
  for (const blob of blobs) {
    if (blob.bytes > left || parts.length === 0) {
      parts.push([]);
      left = MAX_PART_BYTES;
    }
    parts.at(-1)?.push(blob);
    left -= blob.bytes;
  }
  return parts;
};
