import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyTree } from '../../../src/image/tree/copy-tree.ts';
import { listTree } from '../../../src/image/tree/list-tree.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop.remove());

it('copies files, directories and links', async () => {
  const from = writeTree(join(shop.dir, 'from'), { 'a/b!': 'text' });
  symlinkSync('a/b', join(from, 'l'));
  await copyTree(from, join(shop.dir, 'to'), listTree(from));
  expect(listTree(join(shop.dir, 'to'))).toEqual([
    { kind: 'directory', path: 'a', mode: 0o755 },
    { kind: 'file', path: 'a/b', mode: 0o755, size: 4 },
    { kind: 'link', path: 'l', target: 'a/b' },
  ]);
  expect(readFileSync(join(shop.dir, 'to/l'), 'utf8')).toBe('text');
});

it.each([
  ['a link', (file: string, secret: string) => symlinkSync(secret, file)],
  ['another size', (file: string) => writeFileSync(file, 'longer')],
  ['nothing', () => {}],
])('refuses a file that was listed and has become %s', async (_, replace) => {
  const from = writeTree(join(shop.dir, 'from'), { f: 'text' });
  const secret = join(shop.dir, 'secret');
  writeFileSync(secret, 'text');
  const entries = listTree(from);
  rmSync(join(from, 'f'));
  replace(join(from, 'f'), secret);
  await expect(copyTree(from, join(shop.dir, 'to'), entries)).rejects.toMatchObject({
    name: 'BadInputError',
    message: `${from}/f changed while it was read: leave it alone during a run`,
  });
  expect(existsSync(join(shop.dir, 'to/f'))).toBe(false);
});
