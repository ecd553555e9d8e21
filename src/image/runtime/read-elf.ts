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

/** Null when the bytes are no 64-bit little-endian ELF file, or when its tables point outside of it. */
export function readElf(bytes: Buffer): Elf | null {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return null;
  try {
    const segments = readSegments(bytes);
    const interpreter = segments.find((segment) => segment.type === PT.INTERP);
    const dynamic = segments.find((segment) => segment.type === PT.DYNAMIC);
    return {
      machine: bytes.readUInt16LE(18),
      interpreter: interpreter ? readString(bytes, interpreter.offset) : null,
      ...(dynamic ? readDynamic(bytes, dynamic, segments) : { needed: [], searchPaths: [] }),
      notes: segments.filter((segment) => segment.type === PT.NOTE).flatMap((segment) => readNotes(bytes, segment)),
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readSegments(bytes: Buffer): Segment[] {
  const start = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = start + index * size;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      fileSize: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}

function readDynamic(bytes: Buffer, dynamic: Segment, segments: Segment[]): Pick<Elf, 'needed' | 'searchPaths'> {
  const values = new Map<number, number[]>();
  const end = Math.min(dynamic.offset + dynamic.fileSize, bytes.length);
  for (let at = dynamic.offset; at + 16 <= end; at += 16) {
    const tag = Number(bytes.readBigInt64LE(at));
    if (tag === 0) break;
    values.set(tag, [...(values.get(tag) ?? []), Number(bytes.readBigUInt64LE(at + 8))]);
  }
  const table = values.get(DT.STRTAB)?.[0];
  if (table === undefined) return { needed: [], searchPaths: [] };
  const strings = toOffset(table, segments);
  const texts = (tag: number) => (values.get(tag) ?? []).map((value) => readString(bytes, strings + value));
  const runPaths = texts(DT.RUNPATH);
  const paths = runPaths.length > 0 ? runPaths : texts(DT.RPATH);
  return { needed: texts(DT.NEEDED), searchPaths: paths.flatMap((path) => path.split(':')).filter(Boolean) };
}

function toOffset(address: number, segments: Segment[]): number {
  const holder = segments.find(
    (segment) => segment.type === PT.LOAD && address >= segment.address && address < segment.address + segment.fileSize,
  );
  if (!holder) throw new RangeError(`address ${address} is in no segment`);
  return address - holder.address + holder.offset;
}

function readNotes(bytes: Buffer, segment: Segment): Elf['notes'] {
  const notes: Elf['notes'] = [];
  const end = Math.min(segment.offset + segment.fileSize, bytes.length);
  const padded = (size: number) => Math.ceil(size / 4) * 4;
  for (let at = segment.offset; at + 12 <= end; ) {
    const [nameSize, descriptionSize] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    notes.push({ owner: readString(bytes, at + 12), type: bytes.readUInt32LE(at + 8) });
    at += 12 + padded(nameSize) + padded(descriptionSize);
  }
  return notes;
}

function readString(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  if (!Number.isSafeInteger(offset) || offset >= bytes.length || end < 0 || end - offset > 4096)
    throw new RangeError(`no string at ${offset}`);
  return bytes.toString('utf8', offset, end);
}
