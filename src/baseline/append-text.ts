import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** One write with O_APPEND, then fsync: a killed writer leaves at most a torn last line. @throws Error where the disk is full */
export const appendText = async (path: string, text: string): Promise<void> => {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o644);
  try {
    const data = Buffer.from(text);
    const { bytesWritten } = await file.write(data);
    if (bytesWritten !== data.length)
      throw new Error(`${path}: only ${bytesWritten} of ${data.length} bytes were written; is the disk full?`);
    await file.sync();
  } finally {
    await file.close();
  }
};
