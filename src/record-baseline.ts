/** Flow: `isogate baseline record`. Appends what a run measured to a baseline directory. */

import { openDirectoryStore } from './baseline/directory-store.ts';
import { parseBaselineRecord } from './baseline/record-schema.ts';
import { recordsFrom } from './baseline-records.ts';
import { BadInputError } from './errors.ts';
import { readSamples } from './measure/read-samples.ts';
import { prepareDirectory } from './prepare-directory.ts';

export interface RecordOptions {
  samplesPath: string;
  storeDir: string;
  /** The commit that was measured; null where it is not known. */
  commit: string | null;
}

/** @throws BadInputError where the samples cannot be read or hold nothing to record */
export const recordBaseline = async (options: RecordOptions): Promise<{ records: number }> => {
  const samples = await readSamples(options.samplesPath, parseBaselineRecord);
  const records = recordsFrom(samples, options.commit, new Date());
  if (records.length === 0) {
    throw new BadInputError(`${options.samplesPath}: no complete block of real (not emulated) instances to record`);
  }
  await prepareDirectory('--store', options.storeDir);
  const store = await openDirectoryStore(options.storeDir);
  await store.append(records);
  return { records: records.length };
};
