import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { prepareDirectory } from '../../src/lib/prepare-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'isogate-prepare-'));
afterAll(() => rmSync(root, { recursive: true }));

it('makes what is missing, and leaves nothing in it', async () => {
  await prepareDirectory('--out', join(root, 'a/b/c'));
  await prepareDirectory('--out', join(root, 'a/b/c'));
  expect(readdirSync(join(root, 'a/b/c'))).toEqual([]);
});

it('names the option where no directory can be made, and does not try for ever', async () => {
  await expect(prepareDirectory('--out', '/proc/nope/deeper')).rejects.toThrow(
    '--out /proc/nope/deeper: cannot be written (ENOENT); name a directory that can',
  );
});

it('refuses a file in the way', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(prepareDirectory('--cache-dir', join(root, 'file'))).rejects.toThrow(
    `--cache-dir ${join(root, 'file')}: cannot be written (ENOTDIR)`,
  );
  expect(existsSync(join(root, 'file'))).toBe(true);
});

it('opens nothing that a link in the directory leads to', async () => {
  const directory = join(root, 'trap');
  const victim = join(root, 'victim');
  mkdirSync(directory);
  writeFileSync(victim, 'precious');
  symlinkSync(victim, join(directory, `.isogate-${process.pid}`));
  await prepareDirectory('--out', directory);
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(readdirSync(directory)).toEqual([`.isogate-${process.pid}`]);
});
