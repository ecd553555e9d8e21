import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { lastLine } from '../../lib/text.ts';
import { NotMeasurableError } from '../../model/errors.ts';
import { readCacheLimits } from '../cache/cache-limits.ts';
import { freeBytesOf } from '../cache/make-room.ts';
import { type Confined, startConfined } from '../confine/confined.ts';
import type { Limits } from '../confine/limits.ts';
import { viewForTool } from '../confine/views.ts';
import { UNPACK_LIMITS, type UnpackLimits } from './settle-tree.ts';

/** A tar stream, already uncompressed. */
export interface TarStream {
  stream: Readable;
  /** Settles when all was read. @throws the reason when the stream was not complete */
  finished: () => Promise<void>;
}

/**
 * The attributes that a root file system needs. `trusted.*` is not among them, because it controls overlay file
 * systems.
 */
export const KEPT_ATTRIBUTES = ['user.*', 'security.capability'];
/** What root needs to change owners, make devices and set attributes, but nothing that leads out of the tree. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'MKNOD', 'SETFCAP'].map((name) => `CAP_${name}`);
/** 128 and SIGXFSZ (setrlimit(2), RLIMIT_FSIZE), as bubblewrap passes it on. */
const EXIT_FILE_TOO_LARGE = 128 + 25;
const MAX_SHOWN = 4096;
/** Its bytes and files are counted as they come, and end it (`unpackTar`). */
export const tarLimits = (fileBytes: number): Limits => ({
  wallMs: 30 * 60_000,
  memoryBytes: 2 * 2 ** 30,
  processes: 32,
  fileBytes,
  outputBytes: 0,
});
const ARGS = [
  ...['--extract', '--file=-', '--directory=/tree', '--numeric-owner', '--same-owner', '--same-permissions'],
  ...['--xattrs', ...KEPT_ATTRIBUTES.map((pattern) => `--xattrs-include=${pattern}`), '--no-acls', '--no-selinux'],
  ...['--delay-directory-restore', '--verbose', '--quoting-style=escape'],
];

/**
 * Unpacks a tar that somebody else made into an empty directory, with owners, modes, times, devices, links and extended
 * attributes. GNU tar does it and refuses names that lead upwards. It runs in a sandbox that shows only that directory,
 * so that no link and no name leads out, whatever tar makes of it.
 * @param options.refuse makes the error for a tar that cannot be used
 * @throws NotMeasurableError when the disk is full, or keeps no extended attributes
 */
export async function unpackTar(
  source: TarStream,
  into: string,
  options: {
    agent: string;
    refuse: (what: string) => Error;
    log: (line: string) => void;
    limits?: UnpackLimits;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const limits = options.limits ?? UNPACK_LIMITS;
  const { agent, refuse, signal } = options;
  const fileBytes = limits.fileBytes;
  const view = viewForTool({ agent, tree: { dir: into, writable: true }, capabilities: CAPABILITIES });
  // Before anything is started, because it may fail.
  const room = (await freeBytesOf(into)) - readCacheLimits().freeBytes;
  const tar = startConfined(['tar', ...ARGS], { view, limits: tarLimits(fileBytes), agent, signal });
  const members = watchMembers(tar, limits.entries);
  let failure: unknown = null;
  await pipeline(
    source.stream,
    (chunks) => limitBytes(chunks, { maxBytes: limits.bytes, room }, refuse),
    tar.stdin,
  ).catch((error) => {
    failure = error;
  });
  const result = await tar.ended;
  const finished = await source.finished().catch((error: unknown) => error ?? new Error('cut off'));
  signal?.throwIfAborted();
  if (members.tooMany()) throw refuse(`holds more than ${limits.entries} files`);
  if (failure instanceof Error && !isBrokenPipe(failure)) throw failure;
  // What tar complains of comes first: a stream that then breaks off is only a consequence.
  if (result.exitCode === EXIT_FILE_TOO_LARGE)
    throw refuse(`holds a file of more than ${showSize(fileBytes)}: ${members.last()}`);
  if (result.reached !== null) throw refuse(`cannot be unpacked: tar ${result.how}`);
  if (result.failed) throw explainFailure(tar.words(), finished, refuse);
  if (finished instanceof Error) throw finished;
  checkWarnings(tar.words(), options);
}

async function* limitBytes(
  chunks: AsyncIterable<Buffer>,
  { maxBytes, room }: { maxBytes: number; room: number },
  refuse: (what: string) => Error,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw refuse(`is more than ${showSize(maxBytes)} unpacked`);
    if (bytes > room)
      throw new NotMeasurableError(
        `no room to unpack it (${Math.max(0, Math.floor(room / 2 ** 20))} MiB are to be had): make room in the cache directory (--cache-dir)`,
      );
    yield chunk;
  }
}

/** Counts tar's lines, one for each member, and ends it at more than `max`. */
function watchMembers({ stdout, kill }: Confined, max: number): { tooMany: () => boolean; last: () => string } {
  let lines = 0;
  let tail = '';
  stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    tail = (tail + chunk.toString('latin1')).slice(-MAX_SHOWN);
    if (lines > max) kill();
  });
  return { tooMany: () => lines > max, last: () => lastLine(tail) };
}

/** Lines of tar that say nothing about the content, or that have a message of their own. */
const BESIDE_THE_POINT =
  /Removing leading|Exiting with failure|Ignoring unknown extended|implausibly old|in the future/;

const readComplaints = (words: string): string[] =>
  words
    .split('\n')
    .filter((line) => line.startsWith('tar: ') && !BESIDE_THE_POINT.test(line))
    .map((line) => line.slice('tar: '.length, 300));

function explainFailure(words: string, finished: unknown, refuse: (what: string) => Error): Error {
  const line = readComplaints(words)[0] ?? '';
  if (/No space left|quota exceeded/i.test(words))
    return new NotMeasurableError(`no room to unpack it (${line}): make room in the cache directory (--cache-dir)`);
  // The stream was empty or incomplete, and the other side knows why.
  if (finished instanceof Error && /^(|This does not look like a tar archive|Unexpected EOF.*)$/.test(line))
    return finished;
  return refuse(`cannot be unpacked: ${line || lastLine(words) || 'tar was killed'}`);
}

function checkWarnings(
  words: string,
  { refuse, log }: { refuse: (what: string) => Error; log: (line: string) => void },
): void {
  if (/^tar: Cannot (set|restore).*extended attribute|setxattr/im.test(words))
    throw new NotMeasurableError(
      `the cache's file system keeps no extended attributes (${readComplaints(words)[0] ?? ''}): use another with --cache-dir`,
    );
  const upwards = words.split('\n').find((line) => /Removing leading .*\.\./.test(line));
  if (upwards !== undefined) throw refuse(`leads out of its root: ${upwards.slice('tar: '.length)}`);
  if (words.includes('Removing leading')) log('names and links that start with / were taken as relative to the root');
}

const showSize = (bytes: number): string => (bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30} GiB` : `${bytes} bytes`);
const isBrokenPipe = (error: Error): boolean =>
  ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '');
