import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * What building an image needs to know of an ELF file (ELF-64 Object File Format, version 1.5; x86-64, little endian).
 */
export interface Elf {
  machine: number;
  /** Path of the dynamic loader, null where the file is static. */
  interpreter: string | null;
  needed: string[];
  /** DT_RUNPATH, or DT_RPATH where there is none; `$ORIGIN` is not replaced. */
  searchPaths: string[];
  /** Whether the search paths also count for the libraries of its libraries, as those of DT_RPATH do. */
  handsOnPaths: boolean;
}

/** A file that names more than any real one does, so that following it could take for ever. */
export class TooMuchInElfError extends Error {
  override readonly name = 'TooMuchInElfError';
}

interface Segment {
  type: number;
  offset: number;
  address: number;
  fileSize: number;
}

const PT = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4 };
const DT = { NEEDED: 1, STRTAB: 5, RPATH: 15, RUNPATH: 29 };
/** Of one table; real ones have a few kilobytes. */
const TABLE_MAX_BYTES = 2 ** 16;
const SEGMENT_BYTES = 56;
const STRING_MAX_BYTES = 4096;
const MAX_SEGMENTS = 128;
const MAX_NEEDED = 256;
export const MAX_SEARCH_PATHS = 64;
const MAX_NOTES = 64;

/** Bytes of a file from an offset on. @throws RangeError where there are not as many */
type Read = (offset: number, bytes: number) => Buffer;

/**
 * Null when the bytes are no 64-bit little-endian ELF file, or when its tables point outside of it.
 * @throws TooMuchInElfError
 */
export const readElf = (bytes: Buffer): Elf | null => parseElf(bytes.length, readFrom(bytes));

/** The first notes of such a file; none where {@link readElf} gives null. @throws TooMuchInElfError */
export function readElfNotes(bytes: Buffer): { owner: string; type: number }[] {
  const read = readFrom(bytes);
  const notes = () => listNotes(readSegments(read(0, 64), read), readTables(bytes.length, read));
  return (isElf(bytes.subarray(0, 64)) && nullIfOutside(notes)) || [];
}

const readFrom =
  (bytes: Buffer): Read =>
  (offset, count) => {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + count > bytes.length) throw outside(offset);
    return bytes.subarray(offset, offset + count);
  };

/**
 * The same as {@link readElf} of a file, of which only the tables are read.
 * @throws TooMuchInElfError
 * @throws what the file system says
 */
export const readElfFile = (path: string): Elf | null => readParts(path, parseElf);

/** The machine that an ELF file is for, from its header alone. @throws what the file system says */
export const readElfMachine = (path: string): number | null =>
  readParts(path, (size, read) => {
    const header = size < 64 ? null : read(0, 64);
    return header && isElf(header) ? header.readUInt16LE(18) : null;
  });

function readParts<T>(path: string, parse: (size: number, read: Read) => T): T | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return null;
    return parse(stat.size, (offset, count) => {
      if (!Number.isSafeInteger(offset) || offset < 0 || offset + count > stat.size) throw outside(offset);
      const bytes = Buffer.alloc(count);
      if (readSync(fd, bytes, 0, count, offset) < count) throw outside(offset);
      return bytes;
    });
  } finally {
    closeSync(fd);
  }
}

const outside = (offset: number): RangeError => new RangeError(`nothing at ${offset}`);

const isElf = (header: Buffer): boolean =>
  header.length === 64 && header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;

function parseElf(size: number, read: Read): Elf | null {
  if (size < 64) return null;
  const header = read(0, 64);
  if (!isElf(header)) return null;
  const readTable = readTables(size, read);
  const readText = (offset: number): string => textOf(read(offset, Math.min(STRING_MAX_BYTES, size - offset)), offset);
  return nullIfOutside(() => {
    const segments = readSegments(header, read);
    const interpreter = segments.find((segment) => segment.type === PT.INTERP);
    const dynamic = segments.find((segment) => segment.type === PT.DYNAMIC);
    return {
      machine: header.readUInt16LE(18),
      interpreter: interpreter ? readText(interpreter.offset) : null,
      ...(dynamic ? readDynamic(readTable(dynamic), segments, readText) : NOT_DYNAMIC),
    };
  });
}

const readTables =
  (size: number, read: Read) =>
  (segment: Segment): Buffer =>
    read(segment.offset, Math.min(segment.fileSize, TABLE_MAX_BYTES, Math.max(0, size - segment.offset)));

function nullIfOutside<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readSegments(header: Buffer, read: Read): Segment[] {
  const start = Number(header.readBigUInt64LE(32));
  const count = header.readUInt16LE(56);
  if (header.readUInt16LE(54) !== SEGMENT_BYTES) throw new RangeError('segments of another size');
  const table = read(start, SEGMENT_BYTES * count);
  refuseAbove(count, MAX_SEGMENTS, 'segments');
  return Array.from({ length: count }, (_, index) => {
    const at = index * SEGMENT_BYTES;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      fileSize: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

const NOT_DYNAMIC = { needed: [], searchPaths: [], handsOnPaths: false };

function readDynamic(
  table: Buffer,
  segments: Segment[],
  readText: (offset: number) => string,
): Pick<Elf, 'needed' | 'searchPaths' | 'handsOnPaths'> {
  const values = new Map<number, number[]>();
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = Number(table.readBigInt64LE(at));
    if (tag === 0) break;
    const listed = values.get(tag) ?? [];
    listed.push(Number(table.readBigUInt64LE(at + 8)));
    values.set(tag, listed);
  }
  const address = values.get(DT.STRTAB)?.[0];
  if (address === undefined) return NOT_DYNAMIC;
  const strings = toOffset(address, segments);
  const texts = (tag: number, most: number, what: string) => {
    const offsets = new Set(values.get(tag));
    refuseAbove(offsets.size, most, what);
    return [...offsets].map((offset) => readText(strings + offset));
  };
  const pathsOf = (tag: number) => texts(tag, MAX_SEARCH_PATHS, SEARCH_PATHS);
  const runPaths = pathsOf(DT.RUNPATH);
  const searchPaths = new Set<string>();
  for (const path of runPaths.length > 0 ? runPaths : pathsOf(DT.RPATH)) {
    for (const one of path.split(':').filter(Boolean)) searchPaths.add(one);
    refuseAbove(searchPaths.size, MAX_SEARCH_PATHS, SEARCH_PATHS);
  }
  const needed = new Set(texts(DT.NEEDED, MAX_NEEDED, 'needed libraries'));
  return { needed: [...needed], searchPaths: [...searchPaths], handsOnPaths: runPaths.length === 0 };
}

const SEARCH_PATHS = 'search paths';

function refuseAbove(count: number, most: number, what: string): void {
  if (count > most) throw new TooMuchInElfError(`${count} ${what}; accepted: at most ${most}`);
}

function toOffset(address: number, segments: Segment[]): number {
  const holder = segments.find(
    (segment) => segment.type === PT.LOAD && address >= segment.address && address < segment.address + segment.fileSize,
  );
  if (!holder) throw new RangeError(`address ${address} is in no segment`);
  return address - holder.address + holder.offset;
}

function listNotes(segments: Segment[], readTable: (segment: Segment) => Buffer): { owner: string; type: number }[] {
  const notes: { owner: string; type: number }[] = [];
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  for (const segment of segments.filter(({ type }) => type === PT.NOTE)) {
    const table = readTable(segment);
    // Several segments may lie over the same bytes.
    for (let at = 0; at + 12 <= table.length && notes.length < MAX_NOTES; ) {
      const [nameSize, descriptionSize] = [table.readUInt32LE(at), table.readUInt32LE(at + 4)];
      notes.push({ owner: textOf(table.subarray(at + 12), at), type: table.readUInt32LE(at + 8) });
      at += 12 + padded(nameSize) + padded(descriptionSize);
    }
  }
  return notes;
}

/** The bytes up to the first zero. */
function textOf(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0);
  if (end < 0 || end > STRING_MAX_BYTES) throw new RangeError(`no string at ${offset}`);
  return bytes.toString('utf8', 0, end);
}
