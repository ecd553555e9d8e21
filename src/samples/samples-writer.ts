/** Raw samples on disk, synced after every write: whatever happens next, what was measured is kept. */

import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SealKey } from '../host/seal-key.ts';
import { addTo, groupBy } from '../lib/group-by.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import type {
  BlockRecord,
  CalibrationRecord,
  CutOffRecord,
  EndRecord,
  InstanceRecord,
  LookRecord,
  Samples,
  SamplesByFunction,
  SamplesHeader,
} from '../model/samples.ts';
import type { EarlierRun } from './read-samples.ts';
import { openSealer } from './seal.ts';
import { trackAttempts } from './track-attempts.ts';

export interface SamplesWriter {
  path: string;
  /** @throws NotMeasurableError where the file cannot be written */
  write(
    record: InstanceRecord | BlockRecord | LookRecord | CalibrationRecord | CutOffRecord | EndRecord,
  ): Promise<void>;
  /** What is on disk, as if it were read again; incomplete blocks are still in it. */
  samples(): Samples;
  /** The same, function by function: nothing is gathered anew, however many functions were measured before. */
  byFunction(): SamplesByFunction;
  /** The number of a function's next block, after those of earlier attempts. */
  nextBlock(functionName: string): number;
  close(): Promise<void>;
}

/** The first line of a samples file. `shard` belongs to the format, and one file has always held all of its run. */
export const formatHeader = (header: SamplesHeader): string =>
  JSON.stringify({ ...header, shard: { index: 1, count: 1 } });

/** An existing file, or link, is removed and not followed: O_EXCL opens nothing that exists. */
async function createFile(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return open(path, 'wx');
}

const LINES_PER_WRITE = 1000;

/**
 * Starts the file anew with the header and the records of the earlier attempt that is carried on.
 * @param key seals every line; null: none is sealed
 * @throws NotMeasurableError naming the file where it cannot be written
 */
export async function openSamples(
  path: string,
  ownHeader: SamplesHeader,
  earlier: EarlierRun | null = null,
  key: SealKey | null = null,
): Promise<SamplesWriter> {
  const fail = (error: unknown): never => {
    throw new NotMeasurableError(`${path}: cannot be written (${messageOf(error)})`, { cause: error });
  };
  const attempts = earlier?.attempts ?? trackAttempts();
  const instances: InstanceRecord[] = [...(earlier?.samples.instances ?? [])];
  const blocks: BlockRecord[] = [...(earlier?.samples.blocks ?? [])];
  const functions = groupBy(instances, (record) => record.function);
  const blocksByFunction = groupBy(blocks, (record) => record.function);
  const ignored = earlier?.samples.ignored ?? { tornLines: 0, unknownLines: 0, incompleteBlocks: 0 };
  let end: EndRecord | null = null;
  const { sealedBy: _, ...unsealed } = ownHeader;
  const header = { ...unsealed, ...(key && { sealedBy: key.id }) };
  const file = await createFile(path).catch(fail);
  const sealer = key && (await openSealer(key));
  const append = async (texts: string[]): Promise<void> => {
    const lines = sealer ? await sealer.seal(texts).catch(fail) : texts;
    for (let from = 0; from < lines.length; from += LINES_PER_WRITE)
      await file.appendFile(`${lines.slice(from, from + LINES_PER_WRITE).join('\n')}\n`).catch(fail);
    await file.datasync().catch(fail);
  };
  const close = async (): Promise<void> => {
    await sealer?.close();
    await file.close();
  };
  const common = () => ({ header, end, ...(attempts.plans.size > 0 && { plans: attempts.plans }), ignored });
  await append([formatHeader(header), ...(earlier?.lines ?? [])]).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    path,
    async write(record) {
      await append([JSON.stringify(record)]);
      attempts.add(record);
      if (record.type === 'instance') {
        instances.push(record);
        addTo(functions, record.function, record);
      } else if (record.type === 'block') {
        blocks.push(record);
        addTo(blocksByFunction, record.function, record);
      } else if (record.type === 'end') end = record;
    },
    samples: () => ({ ...common(), instances, ...(blocks.length > 0 && { blocks }) }),
    byFunction: () => ({
      ...common(),
      functions: [...functions.keys()],
      instancesOf: (name) => functions.get(name) ?? [],
      blocksOf: (name) => blocksByFunction.get(name) ?? [],
    }),
    nextBlock: attempts.nextBlock,
    close,
  };
}
