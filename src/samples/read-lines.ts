import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BadInputError, messageOf } from '../model/errors.ts';

/** A line holds one instance, or the header with its baseline records. The largest that a run writes are far below this. */
const MAX_LINE_BYTES = 32 * 2 ** 20;

export interface Line {
  number: number;
  text: string;
}

const toLine = (number: number, parts: Buffer[]): Line => ({ number, text: Buffer.concat(parts).toString('utf8') });

/** The lines of a regular file, with one at a time in memory. @throws BadInputError where the file cannot be read */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new BadInputError(`${path}: cannot be read (${messageOf(error)}); name a samples.jsonl`);
  });
  try {
    if (!(await file.stat()).isFile()) throw new BadInputError(`${path}: not a regular file; name a samples.jsonl`);
    let number = 1;
    let parts: Buffer[] = [];
    let bytes = 0;
    for await (const data of file.createReadStream({ autoClose: false })) {
      let rest = data as Buffer;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        parts.push(rest.subarray(0, end));
        yield toLine(number, parts);
        rest = rest.subarray(end + 1);
        parts = [];
        bytes = 0;
        number += 1;
      }
      parts.push(rest);
      bytes += rest.length;
      if (bytes > MAX_LINE_BYTES)
        throw new BadInputError(`${path}:${number}: a line of over ${MAX_LINE_BYTES} bytes; no samples file has one`);
    }
    if (bytes > 0) yield toLine(number, parts);
  } finally {
    await file.close();
  }
}
