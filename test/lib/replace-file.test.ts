import {
  lstatSync,
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
import { replaceFile } from '../../src/lib/replace-file.ts';
import { NotMeasurableError } from '../../src/model/errors.ts';

const root = mkdtempSync(join(tmpdir(), 'isogate-replace-'));
afterAll(() => rmSync(root, { recursive: true }));

const inNew = (name: string): string => {
  const directory = join(root, name);
  mkdirSync(directory);
  return directory;
};

it('writes, and writes over what an earlier run left', async () => {
  const directory = inNew('twice');
  const path = join(directory, 'report.md');
  await replaceFile(path, 'first, which is longer');
  await replaceFile(path, 'second');
  expect(readFileSync(path, 'utf8')).toBe('second');
  expect(readdirSync(directory)).toEqual(['report.md']);
});

it('replaces a link and leaves alone what it leads to', async () => {
  const directory = inNew('link');
  const victim = join(root, 'victim');
  writeFileSync(victim, 'precious');
  for (const [name, target] of [
    ['verdict.json', victim],
    ['probe.json', join(root, 'not-there')],
  ] as const) {
    const path = join(directory, name);
    symlinkSync(target, path);
    await replaceFile(path, '{}');
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('{}');
  }
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(readdirSync(root)).not.toContain('not-there');
});

it('names the file and the error where it cannot, and leaves nothing behind', async () => {
  const directory = inNew('blocked');
  const path = join(directory, 'verdict.json');
  mkdirSync(path);
  const error = await replaceFile(path, '{}').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NotMeasurableError);
  expect(String(error)).toMatch(/verdict\.json: cannot be written \(EISDIR/);
  expect(readdirSync(directory)).toEqual(['verdict.json']);
});
