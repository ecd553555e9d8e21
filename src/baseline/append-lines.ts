import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const endsInNewline = async (file: FileHandle): Promise<boolean> => {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
};

/**
 * One write with O_APPEND, then fsync: two writers never mix lines, and a killed one leaves at most a torn last line,
 * which the next append closes so that it costs no record of its own.
 */
export const appendLines = async (path: string, values: object[]): Promise<void> => {
  const file = await open(
    path,
    constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
    0o644,
  );
  try {
    const start = (await endsInNewline(file)) ? '' : '\n';
    const data = Buffer.from(`${start}${values.map((value) => `${JSON.stringify(value)}\n`).join('')}`);
    const { bytesWritten } = await file.write(data);
    if (bytesWritten !== data.length)
      throw new Error(`${path}: only ${bytesWritten} of ${data.length} bytes were written; is the disk full?`);
    await file.sync();
  } finally {
    await file.close();
  }
};
