/** Raw samples on disk, synced line by line: whatever happens next, what was measured is kept. */

import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EndRecord, InstanceRecord, LookRecord, Samples } from '../types.ts';

/** What the pilot block found and froze for one function; informative, readers may skip it. */
export interface CalibrationRecord {
  type: 'calibration';
  function: string;
  repeat: number;
  warmup: number;
  /** Median empty round trip by isolation. */
  empty_ms: Record<string, number>;
  control_ms: number;
}

export interface SamplesWriter {
  path: string;
  write(record: InstanceRecord | LookRecord | CalibrationRecord | EndRecord): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the file anew with the header; `samples` in memory follows what is on disk.
 * @throws the system's error when the directory cannot be written
 */
export async function openSamples(path: string, samples: Samples): Promise<SamplesWriter> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  const append = async (record: object): Promise<void> => {
    await file.appendFile(`${JSON.stringify(record)}\n`);
    await file.datasync();
  };
  await append(samples.header);
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
