import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { replaceFile } from '../../src/lib/replace-file.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';
import { needsRoot } from '../support/skip-unless.ts';

const root = mkdtempSync(join(tmpdir(), 'isogate-replace-'));
afterAll(() => rmSync(root, { recursive: true }));

const inNew = (name: string): string => {
  const directory = join(root, name);
  mkdirSync(directory);
  return directory;
};

needsRoot();

it('says that the disk is full, and keeps what was there', async () => {
  const directory = inNew('full');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', directory]);
  try {
    const path = join(directory, 'report.html');
    await replaceFile(path, 'small');
    await expect(replaceFile(path, 'x'.repeat(100_000))).rejects.toThrow(
      new NotMeasurableError(`${path}: cannot be written (ENOSPC: no space left on device, write)`),
    );
    expect(readFileSync(path, 'utf8')).toBe('small');
    expect(readdirSync(directory)).toEqual(['report.html']);
  } finally {
    execFileSync('umount', [directory]);
  }
});
