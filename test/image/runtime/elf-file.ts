const NOTE_BYTES = 16;

/** A 64-bit ELF file for x86-64 with nothing in it but what names libraries, as a function could bring it. */
export function elfFile(parts: { needed?: string[]; runPaths?: string[]; segments?: number; notes?: number }): Buffer {
  const { needed = [], runPaths = [], segments = 0, notes = 0 } = parts;
  const strings: string[] = [''];
  let length = 1;
  const placed = new Map<string, number>();
  const place = (text: string): number => {
    const at = placed.get(text) ?? length;
    if (at < length) return at;
    strings.push(text);
    placed.set(text, at);
    length += Buffer.byteLength(text) + 1;
    return at;
  };
  const entries = [...needed.map((name) => [1, place(name)]), ...runPaths.map((path) => [29, place(path)])];
  const count = 2 + segments;
  const [dynamicAt, dynamicBytes] = [64 + 56 * count, 16 * (entries.length + 2)];
  const stringsAt = dynamicAt + dynamicBytes;
  // Notes with an empty name and no description.
  const notesAt = stringsAt + length;
  const file = Buffer.alloc(notesAt + NOTE_BYTES * notes);
  file.writeUInt32BE(0x7f454c46, 0);
  file.set([2, 1, 1], 4);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(count, 56);
  for (let index = 0; index < notes; index += 1) file.writeUInt32LE(4, notesAt + NOTE_BYTES * index);
  const segment = (index: number, type: number, at: number, bytes: number): void => {
    const start = 64 + 56 * index;
    file.writeUInt32LE(type, start);
    for (const field of [8, 16]) file.writeBigUInt64LE(BigInt(at), start + field);
    file.writeBigUInt64LE(BigInt(bytes), start + 32);
  };
  segment(0, 1, 0, file.length);
  segment(1, 2, dynamicAt, dynamicBytes);
  // All of them lie over the same notes.
  for (let index = 2; index < count; index += 1) segment(index, 4, notesAt, NOTE_BYTES * notes);
  for (const [index, [tag = 0, value = 0]] of [...entries, [5, stringsAt]].entries()) {
    file.writeBigInt64LE(BigInt(tag), dynamicAt + 16 * index);
    file.writeBigUInt64LE(BigInt(value), dynamicAt + 16 * index + 8);
  }
  file.write(`${strings.join('\0')}\0`, stringsAt);
  return file;
}
