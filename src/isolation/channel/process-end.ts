/** Keeps the last bytes of an untrusted stream, so that a chatty function cannot fill the host's memory or disk. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { InstanceError } from '../../model/errors.ts';

const TAIL_BYTES = 16 * 1024;

export function keepTail(stream: Readable): () => string {
  let tail = Buffer.alloc(0);
  let isCut = false;
  stream.on('data', (chunk: Buffer) => {
    isCut ||= tail.length + chunk.length > TAIL_BYTES;
    tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
  });
  stream.on('error', () => {});
  // A cut is marked, since the rest of a secret may stand there.
  return () => `${isCut ? '…' : ''}${tail.toString('utf8').trim()}`;
}

const LAST_WORDS_MS = 50;

/** What a function printed before its last message may arrive behind it, by a stream of its own. */
export const awaitLastWords = (): Promise<void> => sleep(LAST_WORDS_MS);

/** Gives the error of a failed start the function's last words, while its streams are still open. */
export async function addLastWords(error: unknown, tail: () => string): Promise<void> {
  if (!(error instanceof InstanceError)) return;
  await awaitLastWords();
  error.stderrTail = tail();
}

const EXIT_MS = 200;

/** A channel's end may be seen before that of its process, whose exit code or signal says why: it is waited for. */
export async function howItEnded(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null)
    await once(child, 'exit', { signal: AbortSignal.timeout(EXIT_MS) }).catch(() => {});
  if (child.signalCode !== null) return `was killed by ${child.signalCode}`;
  return child.exitCode !== null && child.exitCode !== 0 ? `exited with code ${child.exitCode}` : 'ended';
}

/** What shells say of a program that is not there; images have LANG=C.UTF-8, so it is never translated. */
const NOT_FOUND = /(?:^|: )(?<name>[\w.+@/[-]{1,100}): (?:command )?not found$/m;

/** What to do, where the last words on stderr are those of a shell that misses a program; else nothing. */
export function adviseOnWords(words: string): string {
  const name = NOT_FOUND.exec(words)?.groups?.['name'];
  return name === undefined
    ? ''
    : `; ${name} is not in its image: name it in programs, or install it in an image of your own`;
}
