/** Newline-delimited messages from an untrusted peer: bounded in length and depth, stamped when their last byte arrived. */

import { shorten } from '../../lib/text.ts';

export const MAX_LINE_BYTES = 32 * 1024 * 1024;
const MAX_DEPTH = 128;
const NEWLINE = 10;
const FIRST_BYTES = 64 * 1024;

export interface Line {
  text: string;
  /** performance.now() of the chunk that completed the line. */
  arrivedMs: number;
}

/** Feeds on chunks, calls back for each whole line. @throws Error when a line outgrows {@link MAX_LINE_BYTES} */
export function lineSplitter(onLine: (line: Line) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  let pendingBytes = 0;
  // Copied into one buffer: a peer that writes byte by byte would otherwise make us keep a buffer for each byte.
  const keep = (part: Buffer): void => {
    assertLength(pendingBytes + part.length);
    if (pendingBytes + part.length > pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * pending.length, pendingBytes + part.length, FIRST_BYTES));
      pending.copy(larger, 0, 0, pendingBytes);
      pending = larger;
    }
    part.copy(pending, pendingBytes);
    pendingBytes += part.length;
  };
  const take = (tail: Buffer): Buffer => {
    if (pendingBytes === 0) return tail;
    keep(tail);
    const whole = pending.subarray(0, pendingBytes);
    pending = Buffer.alloc(0);
    pendingBytes = 0;
    return whole;
  };
  return (chunk) => {
    const arrivedMs = performance.now();
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const whole = take(chunk.subarray(start, end));
      start = end + 1;
      assertLength(whole.length);
      onLine({ text: whole.toString('utf8'), arrivedMs });
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  };
}

function assertLength(bytes: number): void {
  if (bytes > MAX_LINE_BYTES) throw new Error(`a line of more than ${MAX_LINE_BYTES} bytes came over the channel`);
}

/** @throws Error on text that is no JSON object, or is nested deeper than any honest result */
export function parseMessage(text: string): Record<string, unknown> {
  if (depthOf(text) > MAX_DEPTH) throw new Error(`a message nested deeper than ${MAX_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`not a protocol message: ${JSON.stringify(shorten(text, 200))}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`not a protocol message: ${JSON.stringify(shorten(text, 200))}`);
  return value as Record<string, unknown>;
}

/** Deepest nesting of arrays and objects, found before the parser recurses into it. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}
