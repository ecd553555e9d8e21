import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listLibraries } from '../../../src/image/runtime/list-libraries.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

/** What a hostile function could put into its own binary: search paths and names that lead to other files of the host. */
it('takes libraries for a function’s binary from its own tree and the system’s directories only', async () => {
  const host = writeTree(join(shop.dir, 'host'), {});
  const tree = writeTree(join(shop.dir, 'tree'), {
    'lib/.keep': '',
    'main.c': 'int f(void); int main(void) { return f(); }',
    'f.c': 'int f(void) { return 0; }',
  });
  const gcc = (...args: string[]) => execa('gcc', args, { cwd: tree });
  await gcc('-shared', '-fPIC', '-o', 'lib/libf.so', 'f.c');
  await gcc('-o', 'good', 'main.c', '-Llib', '-lf', '-Wl,-rpath,$ORIGIN/lib');
  await gcc('-o', 'bad', 'main.c', '-Llib', '-lf', `-Wl,-rpath,${host}x`);
  writeTree(`${host}x`, { secret: '' });
  copyFileSync(join(tree, 'lib/libf.so'), join(`${host}x`, 'libf.so'));
  const good = await listLibraries([join(tree, 'good')], { within: { dir: tree, mountedAt: '/function' } });
  expect(good.missing).toEqual([]);
  expect(good.libraries).toContain(join(tree, 'lib/libf.so'));
  const bad = await listLibraries([join(tree, 'bad')], { within: { dir: tree, mountedAt: '/function' } });
  expect(bad.missing).toEqual(['libf.so']);
  expect(bad.libraries.filter((file) => file.startsWith(`${host}x`))).toEqual([]);
  // The same binary as a program of the machine is trusted.
  expect((await listLibraries([join(tree, 'bad')])).libraries).toContain(join(`${host}x`, 'libf.so'));
});
