import { chmodSync, mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { digestFile, digestTree } from '../../../src/image/tree/digest-tree.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
let dir: string;
beforeEach(() => {
  shop = openWorkshop();
  dir = writeTree(join(shop.dir, 'tree'), { 'b/two': '2', a: '1', 'run!': '#!' });
  mkdirSync(join(dir, 'empty'));
  symlinkSync('b/two', join(dir, 'link'));
  for (const name of ['', 'b', 'empty']) chmodSync(join(dir, name), 0o755);
});
afterEach(() => shop.remove());

it('is the same on every machine', async () => {
  // SHA-256 of the records by path, made by hand: kind, path, mode and content's SHA-256 (or target), each ended by NUL.
  expect(await digestTree(dir)).toBe('sha256:440ceb5c89f495603c1fb03845246e7b2c3d0cb9827bdfddabc5daad7b028455');
});

it('counts no times and no order of creation', async () => {
  const before = await digestTree(dir);
  utimesSync(join(dir, 'a'), 1, 1);
  unlinkSync(join(dir, 'b/two'));
  writeFileSync(join(dir, 'b/two'), '2');
  expect(await digestTree(dir)).toBe(before);
});

it.each<[string, (dir: string) => void]>([
  ['content', (tree) => writeFileSync(join(tree, 'a'), '3')],
  ['name', (tree) => renameSync(join(tree, 'a'), join(tree, 'c'))],
  ['mode', (tree) => chmodSync(join(tree, 'a'), 0o755)],
  ['mode of a directory', (tree) => chmodSync(join(tree, 'b'), 0o1777)],
  ['an empty directory', (tree) => mkdirSync(join(tree, 'empty2'))],
  [
    'target of a link',
    (tree) => {
      unlinkSync(join(tree, 'link'));
      symlinkSync('b/../b/two', join(tree, 'link'));
    },
  ],
  [
    'a file where a link was',
    (tree) => {
      unlinkSync(join(tree, 'link'));
      writeFileSync(join(tree, 'link'), '2');
    },
  ],
])('counts %s', async (_, change) => {
  const before = await digestTree(dir);
  change(dir);
  expect(await digestTree(dir)).not.toBe(before);
});

it('follows no link in the place of a file', () => {
  expect(() => digestFile(join(dir, 'link'))).toThrow('ELOOP');
});
