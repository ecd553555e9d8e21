import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasRoom, isDiskFull } from '../../src/lib/has-room.ts';

it('tells a full disk from other failures of the file system', () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-room-'));
  let missing: unknown;
  try {
    writeFileSync(join(directory, 'no', 'such'), '');
  } catch (error) {
    missing = error;
  }
  rmSync(directory, { recursive: true });
  expect(isDiskFull(missing)).toBe(false);
  expect(['ENOSPC', 'EDQUOT'].map((code) => isDiskFull(Object.assign(new Error('full'), { code })))).toEqual([
    true,
    true,
  ]);
  expect([null, 'ENOSPC', new Error('ENOSPC')].map(isDiskFull)).toEqual([false, false, false]);
});

it('finds no room where nothing can be written', () => {
  // A file system of the kernel has no blocks at all.
  expect(hasRoom('/proc')).toBe(false);
});
