/** Raw samples on disk, synced line by line: whatever happens next, what was measured is kept. */

import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, NotMeasurableError } from '../errors.ts';
import type { BlockRecord, CalibrationRecord, EndRecord, InstanceRecord, LookRecord, Samples } from '../types.ts';

export interface SamplesWriter {
  path: string;
  write(record: InstanceRecord | BlockRecord | LookRecord | CalibrationRecord | EndRecord): Promise<void>;
  close(): Promise<void>;
}

/** Whatever was there, a link among it, is taken away and not followed: O_EXCL opens nothing that exists. */
async function createFile(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return open(path, 'wx');
}

/**
 * Starts the file anew with the header; `samples` in memory follows what is on disk.
 * @throws NotMeasurableError naming the file where it cannot be written, also by the writer's `write`
 */
export async function openSamples(path: string, samples: Samples): Promise<SamplesWriter> {
  const orFail = (error: unknown): never => {
    throw new NotMeasurableError(`${path}: cannot be written (${messageOf(error)})`, { cause: error });
  };
  const file = await createFile(path).catch(orFail);
  const append = async (record: object): Promise<void> => {
    await file.appendFile(`${JSON.stringify(record)}\n`).catch(orFail);
    await file.datasync().catch(orFail);
  };
  await append(samples.header).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  return {
    path,
    async write(record) {
      await append(record);
      if (record.type === 'instance') samples.instances.push(record);
      else if (record.type === 'end') samples.end = record;
    },
    close: () => file.close(),
  };
}
