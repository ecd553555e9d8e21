import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BadInputError, messageOf } from '../model/errors.ts';

/** A line holds one instance, or the header with its baseline records. The largest that a run writes are far below this. */
const MAX_LINE_BYTES = 32 * 2 ** 20;

export interface Line {
  number: number;
  text: string;
}

/** So much is read at once: few enough that the lines are garbage before they are old. */
const CHUNK_BYTES = 2 ** 17;

/** The lines of a regular file, as many at a time as one chunk of it ends. @throws BadInputError where the file cannot be read */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new BadInputError(`${path}: cannot be read (${messageOf(error)}); name a samples.jsonl`);
  });
  try {
    if (!(await file.stat()).isFile()) throw new BadInputError(`${path}: not a regular file; name a samples.jsonl`);
    let number = 1;
    /** What has been read of a line that goes on in the next chunk. */
    let parts: Buffer[] = [];
    let bytes = 0;
    // One buffer for all chunks: many of them would be garbage outside of the heap, which is collected late.
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      const lines: Line[] = [];
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const text =
          parts.length === 0
            ? chunk.toString('utf8', from, end)
            : Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
        lines.push({ number, text });
        from = end + 1;
        parts = [];
        bytes = 0;
        number += 1;
      }
      if (lines.length > 0) yield lines;
      parts.push(Buffer.from(chunk.subarray(from)));
      bytes += chunk.length - from;
      if (bytes > MAX_LINE_BYTES)
        throw new BadInputError(`${path}:${number}: a line of over ${MAX_LINE_BYTES} bytes; no samples file has one`);
    }
    if (bytes > 0) yield [{ number, text: Buffer.concat(parts).toString('utf8') }];
  } finally {
    await file.close();
  }
}
