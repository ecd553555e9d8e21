import type { GitRepository } from '../model/git.ts';

export interface Blob {
  id: string;
  path: string;
  bytes: number;
}

/** `MODE TYPE ID SIZE\tPATH`: https://git-scm.com/docs/git-ls-tree#_output_format */
const ENTRY = /^100(?:644|755) blob ([0-9a-f]{40}|[0-9a-f]{64}) +(\d+)\t(.+)$/;

/** Regular files called `*.jsonl` at or below a path of a commit's tree; links, submodules and others are none. */
export const listBlobs = async (run: GitRepository['run'], commit: string, path: string): Promise<Blob[]> => {
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
export const readBlobs = async (
  run: GitRepository['run'],
  blobs: Blob[],
): Promise<{ path: string; text: string }[]> => {
  const files: { path: string; text: string }[] = [];
  for (const part of parts(blobs)) {
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

/** As much at once as fits well into memory. */
const MAX_PART_BYTES = 32 * 2 ** 20;

const parts = (blobs: Blob[]): Blob[][] => {
  const found: Blob[][] = [];
  let left = 0;
  for (const blob of blobs) {
    if (blob.bytes > left || found.length === 0) {
      found.push([]);
      left = MAX_PART_BYTES;
    }
    found.at(-1)?.push(blob);
    left -= blob.bytes;
  }
  return found;
};
