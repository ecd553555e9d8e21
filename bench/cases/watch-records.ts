import { closeSync, type FSWatcher, openSync, readSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { SeenRecord } from './time-to-verdict.ts';

const CHUNK_BYTES = 1 << 20;

/** Sees the records of `samples.jsonl` as they are appended. @returns what ends that, and gives all that was seen */
export function watchRecords(directory: string): () => SeenRecord[] {
  const seen: SeenRecord[] = [];
  let offset = 0;
  let pending = Buffer.alloc(0);
  const read = (): void => {
    const atMs = performance.now();
    pending = Buffer.concat([pending, readFrom(join(directory, 'samples.jsonl'), offset + pending.length)]);
    for (let end = pending.indexOf('\n'); end !== -1; end = pending.indexOf('\n')) {
      seen.push({ atMs, record: JSON.parse(pending.subarray(0, end).toString()) });
      offset += end + 1;
      pending = pending.subarray(end + 1);
    }
  };
  const watcher: FSWatcher = watch(directory, (_, name) => {
    if (name === 'samples.jsonl') read();
  });
  return () => {
    watcher.close();
    read();
    return seen;
  };
}

/** Empty where there is no such file yet. */
function readFrom(path: string, offset: number): Buffer {
  const parts: Buffer[] = [];
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    for (let at = offset; ; ) {
      const part = Buffer.alloc(CHUNK_BYTES);
      const bytes = readSync(file, part, 0, CHUNK_BYTES, at);
      if (bytes === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, bytes));
      at += bytes;
    }
  } finally {
    closeSync(file);
  }
}
