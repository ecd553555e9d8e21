import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { NotMeasurableError } from '../../src/model/errors.ts';
import { openSamples } from '../../src/samples/samples-writer.ts';
import { emptySamples, instanceRecord } from '../support/samples.ts';
import { needsRoot } from '../support/skip-unless.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-samples-'));
afterAll(() => rmSync(directory, { recursive: true }));

needsRoot();

it('says that the disk is full, whenever it becomes so', async () => {
  const full = join(directory, 'full');
  mkdirSync(full);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]);
  try {
    const path = join(full, 'samples.jsonl');
    const writer = await openSamples(path, emptySamples().header);
    try {
      const record = instanceRecord(0, 'control', { latency_ms: 1.5 });
      const fill = async (): Promise<void> => {
        for (let i = 0; i < 10_000; i += 1) await writer.write(record);
      };
      const error = await fill().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NotMeasurableError);
      expect((error as Error).message).toContain(`${path}: cannot be written (ENOSPC`);
    } finally {
      await writer.close();
    }
  } finally {
    execFileSync('umount', [full]);
  }
});
