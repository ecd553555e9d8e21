/** Raw samples on disk, synced line by line: whatever happens next, what was measured is kept. */

import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import type {
  BlockRecord,
  CalibrationRecord,
  EndRecord,
  InstanceRecord,
  LookRecord,
  Samples,
} from '../model/samples.ts';
import type { EarlierRun } from './read-earlier.ts';
import { trackAttempts } from './track-attempts.ts';

export interface SamplesWriter {
  path: string;
  write(record: InstanceRecord | BlockRecord | LookRecord | CalibrationRecord | EndRecord): Promise<void>;
  /** Number that a function's next block has: those of earlier attempts are taken. */
  nextBlock(functionName: string): number;
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

const LINES_A_WRITE = 1000;

/**
 * Starts the file anew with the header and an earlier attempt's records; `samples` in memory follows what is on disk, as
 * if it were read again.
 * @param earlier whose samples `samples` begins with
 * @throws NotMeasurableError naming the file where it cannot be written, also by the writer's `write`
 */
export async function openSamples(
  path: string,
  samples: Samples,
  earlier: Pick<EarlierRun, 'lines' | 'attempts'> = { lines: [], attempts: trackAttempts() },
): Promise<SamplesWriter> {
  const orFail = (error: unknown): never => {
    throw new NotMeasurableError(`${path}: cannot be written (${messageOf(error)})`, { cause: error });
  };
  const { lines, attempts } = earlier;
  const blocks: BlockRecord[] = [...(samples.blocks ?? [])];
  const file = await createFile(path).catch(orFail);
  const append = async (texts: string[]): Promise<void> => {
    for (let from = 0; from < texts.length; from += LINES_A_WRITE)
      await file.appendFile(`${texts.slice(from, from + LINES_A_WRITE).join('\n')}\n`).catch(orFail);
    await file.datasync().catch(orFail);
  };
  await append([JSON.stringify(samples.header), ...lines]).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  return {
    path,
    async write(record) {
      await append([JSON.stringify(record)]);
      attempts.add(record);
      if (attempts.plans.size > 0) samples.plans = attempts.plans;
      if (record.type === 'instance') samples.instances.push(record);
      else if (record.type === 'end') samples.end = record;
      else if (record.type === 'block') {
        blocks.push(record);
        samples.blocks = blocks;
      }
    },
    nextBlock: attempts.nextBlock,
    close: () => file.close(),
  };
}
