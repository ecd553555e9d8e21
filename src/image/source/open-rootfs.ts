import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../model/errors.ts';
import { type Confined, requireTool, startConfined, whyFailed } from '../confine/confined.ts';
import { viewForTool } from '../confine/views.ts';
import { KEPT_ATTRIBUTES, type TarStream, tarLimits } from './unpack-tar.ts';

/**
 * Told by the first bytes: gzip RFC 1952; xz file format 1.2.1; zstd RFC 8878 and its skippable frames; bzip2; LZ4
 * frames 1.6.
 */
const COMPRESSIONS: { magic: RegExp; argv: string[]; debianPackage: string }[] = [
  { magic: /^1f8b/, argv: ['gzip', '-dc'], debianPackage: 'gzip' },
  { magic: /^fd377a585a00/, argv: ['xz', '-dc', '--memlimit=1GiB'], debianPackage: 'xz-utils' },
  { magic: /^(28b52ffd|5.2a4d18)/, argv: ['zstd', '-qdc'], debianPackage: 'zstd' },
  { magic: /^425a68/, argv: ['bzip2', '-dc'], debianPackage: 'bzip2' },
  { magic: /^04224d18/, argv: ['lz4', '-dc'], debianPackage: 'lz4' },
];
const TAR_MAGIC_AT = 257;
/** They give the same bytes for the same tree: no access times, no process ids. */
const PACK_ARGS = [
  ...['--create', '--file=-', '--directory=/tree', '--sort=name', '--numeric-owner', '--format=posix'],
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
  ...['--xattrs', ...KEPT_ATTRIBUTES.map((pattern) => `--xattrs-include=${pattern}`), '--no-acls', '--no-selinux'],
  ...['--one-file-system', '.'],
];

interface Options {
  agent: string;
  refuse: (what: string) => Error;
  signal?: AbortSignal | undefined;
}

/** A directory or tar of the workspace: its identity by a first reading, and how to read it again. */
export interface OpenedRootfs {
  /** `sha256:…` of the file, or of the directory as a tar. */
  identity: string;
  open: () => TarStream;
}

/**
 * @throws the error of `refuse` when it is not a tar, or changes between the two readings
 * @throws NotMeasurableError when the tool that unpacks it is not installed
 */
export async function openRootfs(path: string, options: Options): Promise<OpenedRootfs> {
  const read = (await stat(path)).isDirectory() ? readDirectory : readFile;
  const first = read(path, options);
  for await (const _ of first.raw) options.signal?.throwIfAborted();
  // Ended by the signal, the stream is short, and nothing is wrong with the directory.
  options.signal?.throwIfAborted();
  const identity = await first.identity();
  return { identity, open: () => openAgain(path, identity, read(path, options), options) };
}

interface Reading {
  /** The bytes that the identity is of. */
  raw: Readable;
  /** May be called when all bytes were read. */
  identity: () => Promise<string>;
  /** Argument vector of the program that unpacks them; null where they are not compressed. */
  unpack: string[] | null;
}

function openAgain(path: string, identity: string, reading: Reading, { agent, refuse, signal }: Options): TarStream {
  const view = viewForTool({ agent, capabilities: null });
  const unpacker = reading.unpack && startConfined(reading.unpack, { view, limits: tarLimits(0), agent, signal });
  // A broken pipe means that the unpacker failed, and it says itself why.
  const fed = unpacker ? pipeline(reading.raw, unpacker.stdin).catch(() => {}) : Promise.resolve();
  return {
    stream: unpacker ? unpacker.stdout : reading.raw,
    async finished() {
      await fed;
      if (unpacker) await waitForEnd(unpacker, (words) => refuse(`cannot be read: ${words}`));
      if ((await reading.identity()) !== identity) throw refuse(`changed while it was read: leave ${path} alone`);
    },
  };
}

async function waitForEnd({ ended, words }: Confined, refuse: (words: string) => Error): Promise<void> {
  const end = await ended;
  if (end.failed) throw refuse(whyFailed(end, words(), `it ${end.how}`));
}

/** Passes bytes on, and gives their SHA-256 at the end. */
function hashStream(source: Readable): { raw: Readable; digest: () => Promise<string> } {
  const hash = createHash('sha256');
  const raw = new PassThrough();
  const done = pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    raw,
  );
  done.catch(() => {});
  return { raw, digest: async () => done.then(() => `sha256:${hash.digest('hex')}`) };
}

/** The file is opened once and no link is followed, so that what is checked is what is then read. */
function readFile(path: string, { refuse }: Options): Reading {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const head = Buffer.alloc(512);
  const unpack = ((): string[] | null => {
    try {
      if (!fstatSync(fd).isFile()) throw refuse('is neither a directory nor a file');
      const length = readSync(fd, head, 0, head.length, 0);
      return chooseUnpacker(head.subarray(0, length), refuse);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  })();
  const { raw, digest } = hashStream(createReadStream(path, { fd, start: 0 }));
  return { raw, identity: digest, unpack };
}

function chooseUnpacker(head: Buffer, refuse: (what: string) => Error): string[] | null {
  const found = COMPRESSIONS.find(({ magic }) => magic.test(head.subarray(0, 8).toString('hex')));
  if (found === undefined) {
    if (head.toString('latin1', TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === 'ustar') return null;
    throw refuse(
      'is not a tar: accepted are tar files, plain or compressed by gzip, xz, zstd, bzip2 or lz4, and directories',
    );
  }
  requireTool(found.argv[0] ?? '', found.debianPackage);
  return found.argv;
}

/**
 * GNU tar packs the directory in a sandbox that shows nothing else. A link that takes the place of a file meanwhile
 * leads nowhere.
 */
function readDirectory(path: string, { agent, refuse, signal }: Options): Reading {
  const view = viewForTool({ agent, tree: { dir: path, writable: false }, capabilities: ['CAP_DAC_READ_SEARCH'] });
  const tar = startConfined(['tar', ...PACK_ARGS], { view, limits: tarLimits(0), agent, signal });
  const { raw, digest } = hashStream(tar.stdout);
  return {
    raw,
    unpack: null,
    async identity() {
      await waitForEnd(tar, (words) => refuse(`cannot be read: ${words}`));
      return digest().catch((error: unknown) => {
        throw refuse(`cannot be read: ${messageOf(error)}`);
      });
    },
  };
}
