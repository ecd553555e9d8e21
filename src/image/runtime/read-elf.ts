import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

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
  notes: { owner: string; type: number }[];
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

/** Bytes of a file from an offset on. @throws RangeError where there are not as many */
type Read = (offset: number, bytes: number) => Buffer;

/** Null when the bytes are no 64-bit little-endian ELF file, or when its tables point outside of it. */
export const readElf = (bytes: Buffer): Elf | null =>
  parseElf(bytes.length, (offset, count) => {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + count > bytes.length) throw outside(offset);
    return bytes.subarray(offset, offset + count);
  });

/** The same of a file, of which only the tables are read. @throws what the file system says */
export function readElfFile(path: string): Elf | null {
  const fd = openSync(path, 'r');
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return null;
    return parseElf(stat.size, (offset, count) => {
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

function parseElf(size: number, read: Read): Elf | null {
  if (size < 64) return null;
  const header = read(0, 64);
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return null;
  const readTable = (segment: Segment): Buffer =>
    read(segment.offset, Math.min(segment.fileSize, TABLE_MAX_BYTES, Math.max(0, size - segment.offset)));
  const readText = (offset: number): string => textOf(read(offset, Math.min(STRING_MAX_BYTES, size - offset)), offset);
  try {
    const segments = readSegments(header, read);
    const interpreter = segments.find((segment) => segment.type === PT.INTERP);
    const dynamic = segments.find((segment) => segment.type === PT.DYNAMIC);
    return {
      machine: header.readUInt16LE(18),
      interpreter: interpreter ? readText(interpreter.offset) : null,
      ...(dynamic ? readDynamic(readTable(dynamic), segments, readText) : NOT_DYNAMIC),
      notes: segments.filter((segment) => segment.type === PT.NOTE).flatMap((segment) => readNotes(readTable(segment))),
    };
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
  const texts = (tag: number) => (values.get(tag) ?? []).map((value) => readText(strings + value));
  const runPaths = texts(DT.RUNPATH);
  const paths = runPaths.length > 0 ? runPaths : texts(DT.RPATH);
  const searchPaths = paths.flatMap((path) => path.split(':')).filter(Boolean);
  return { needed: texts(DT.NEEDED), searchPaths, handsOnPaths: runPaths.length === 0 };
}

function toOffset(address: number, segments: Segment[]): number {
  const holder = segments.find(
    (segment) => segment.type === PT.LOAD && address >= segment.address && address < segment.address + segment.fileSize,
  );
  if (!holder) throw new RangeError(`address ${address} is in no segment`);
  return address - holder.address + holder.offset;
}

function readNotes(table: Buffer): Elf['notes'] {
  const notes: Elf['notes'] = [];
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  for (let at = 0; at + 12 <= table.length; ) {
    const [nameSize, descriptionSize] = [table.readUInt32LE(at), table.readUInt32LE(at + 4)];
    notes.push({ owner: textOf(table.subarray(at + 12), at), type: table.readUInt32LE(at + 8) });
    at += 12 + padded(nameSize) + padded(descriptionSize);
  }
  return notes;
}

/** The bytes up to the first zero. */
function textOf(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0);
  if (end < 0 || end > STRING_MAX_BYTES) throw new RangeError(`no string at ${offset}`);
  return bytes.toString('utf8', 0, end);
}
