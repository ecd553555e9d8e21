/** Raw samples on disk, synced line by line: whatever happens next, what was measured is kept. */

import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EndRecord, InstanceRecord, LookRecord, SamplesHeader } from '../types.ts';

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
  write(record: SamplesHeader | InstanceRecord | LookRecord | CalibrationRecord | EndRecord): Promise<void>;
  close(): Promise<void>;
}

/** Starts the file anew. @throws the system's error when the directory cannot be written */
export async function openSamples(path: string): Promise<SamplesWriter> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  return {
    path,
    async write(record) {
      await file.appendFile(`${JSON.stringify(record)}\n`);
      await file.datasync();
    },
    close: () => file.close(),
  };
}
