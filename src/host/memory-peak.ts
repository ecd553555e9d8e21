/** The largest memory charge of a cgroup within a span of time, by the kernel's own mark or, where it has none, by sampling. */

import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { MemoryPeak, MemoryWatch } from '../model/isolation.ts';

/** Files of one cgroup: the mark that a write sets back to the present charge, and the present charge. */
export interface PeakFiles {
  mark: string;
  current: string;
}

/** Reading the charge takes the harness a few microseconds, so this is about a thousandth of its time. */
const SAMPLE_MS = 5;

/**
 * Opens the span. Version 1 has one mark for everybody. Version 2 has one for each open file, from Linux 6.12 on; before,
 * `memory.peak` refuses to be written, and holds the peak since the cgroup was made, with the start in it.
 */
export async function watchPeak({ mark, current }: PeakFiles): Promise<MemoryWatch> {
  const file = await open(mark, 'r+').catch(() => null);
  if (file === null) return samplePeak(current);
  try {
    await file.write('0');
  } catch {
    await file.close();
    return samplePeak(current);
  }
  return endOnce(
    async () => ({ bytes: await readNumber(file), source: 'kernel' }),
    () => file.close(),
  );
}

async function readNumber(file: FileHandle): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
  return Number(buffer.toString('latin1', 0, bytesRead));
}

function samplePeak(path: string): MemoryWatch {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(32);
  let bytes = 0;
  const sample = (): void => {
    bytes = Math.max(bytes, Number(buffer.toString('latin1', 0, readSync(file, buffer, 0, 32, 0))));
  };
  sample();
  const timer = setInterval(() => {
    try {
      sample();
    } catch {
      // The cgroup went away with its instance, whose failure is told elsewhere.
      clearInterval(timer);
    }
  }, SAMPLE_MS);
  timer.unref();
  return endOnce(
    async () => {
      sample();
      return { bytes, source: `sampled every ${SAMPLE_MS} ms` };
    },
    async () => {
      clearInterval(timer);
      closeSync(file);
    },
  );
}

/** Whoever ends a span a second time, to be sure, gets what the first time found. */
function endOnce(read: () => Promise<MemoryPeak>, close: () => Promise<void>): MemoryWatch {
  let ending: Promise<MemoryPeak> | null = null;
  return {
    end() {
      ending ??= read().finally(close);
      return ending;
    },
  };
}

/** Of cgroups that hold one instance together: at most the sum of their peaks, since they need not have been at one moment. */
export async function addWatches(opening: Promise<MemoryWatch>[]): Promise<MemoryWatch> {
  const watches = await Promise.all(opening).catch(async (error: unknown) => {
    const opened = (await Promise.allSettled(opening)).filter((one) => one.status === 'fulfilled');
    await Promise.allSettled(opened.map((one) => one.value.end()));
    throw error;
  });
  return {
    async end() {
      const peaks = await Promise.all(watches.map((one) => one.end()));
      const sampled = peaks.find(({ source }) => source !== 'kernel');
      return { bytes: peaks.reduce((sum, { bytes }) => sum + bytes, 0), source: sampled?.source ?? 'kernel' };
    },
  };
}
