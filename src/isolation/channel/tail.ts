/** Keeps the last bytes of an untrusted stream, so that a chatty function cannot fill the host's memory or disk. */

import type { Readable } from 'node:stream';

const TAIL_BYTES = 16 * 1024;

export function keepTail(stream: Readable): () => string {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
  });
  stream.on('error', () => {});
  return () => tail.toString('utf8').trim();
}
