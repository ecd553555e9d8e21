import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packagesImportedBy, packagesNamedIn } from '../../../src/image/tree/imported-packages.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop.remove());

it('reads no script that a link brings in from elsewhere', () => {
  writeTree(shop.dir, { 'outside.js': "require('secret')" });
  const dir = writeTree(join(shop.dir, 'fn'), {
    'api.js': "require('left'); require('./own')",
    'real.js': "require('right')",
  });
  symlinkSync('real.js', join(dir, 'own.js'));
  symlinkSync('../outside.js', join(dir, 'index.js'));
  symlinkSync('/proc/self/mem', join(dir, 'memory.js'));
  symlinkSync('circle.js', join(dir, 'circle.js'));
  expect([...packagesImportedBy(dir, 'api.js')].sort()).toEqual(['left', 'right']);
  expect(['index.js', 'memory.js', 'circle.js'].flatMap((file) => [...packagesImportedBy(dir, file)])).toEqual([]);
  expect([...packagesNamedIn(dir, ['api.js', 'index.js', 'memory.js', 'circle.js', 'gone.js'])]).toEqual(['left']);
});

it('takes specifiers that no file can have for such that lead nowhere', () => {
  const long = 'a'.repeat(290);
  const text = [`// require("./${long}")`, 'require("./a\0b")', 'require("./circle")', 'require("left")'].join('\n');
  const dir = writeTree(join(shop.dir, 'fn'), { 'api.js': text });
  symlinkSync('circle', join(dir, 'circle'));
  expect([...packagesImportedBy(dir, 'api.js')]).toEqual(['left']);
});
