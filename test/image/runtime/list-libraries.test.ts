import { copyFileSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listLibraries } from '../../../src/image/runtime/list-libraries.ts';
import { readElf } from '../../../src/image/runtime/read-elf.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const LDD = '/usr/bin/ldd';
const OPENED = new Set(['libgcc_s.so.1', 'libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2']);

it.each([process.execPath, '/bin/sh', '/usr/bin/xz'])('finds for %s what ldd finds', async (program) => {
  const listed = (await execa(LDD, [program])).stdout
    .split('\n')
    .flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const { libraries, missing } = await listLibraries([program]);
  expect(missing).toEqual([]);
  expect(libraries).toEqual(expect.arrayContaining(listed));
  // Beside ldd's: what the C library opens by itself, and the dynamic loader under its second name.
  const files = (paths: string[]) => [...new Set(paths.map((path) => realpathSync.native(path)))].sort();
  const further = libraries.filter((path) => !OPENED.has(basename(path)) || listed.includes(path));
  expect(files(further)).toEqual(files(listed));
});

it('finds nothing for a static program and for a text', async () => {
  expect(await listLibraries([join(shop.guestDir, 'agent'), '/etc/passwd'])).toEqual({ libraries: [], missing: [] });
});

it('knows a program cut short for none', () => {
  const bytes = readFileSync('/bin/true');
  expect(readElf(bytes)).toMatchObject({ machine: 62, needed: ['libc.so.6'] });
  expect(readElf(bytes.subarray(0, 200))).toBeNull();
  expect(readElf(Buffer.alloc(0))).toBeNull();
});

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
  const good = await listLibraries([join(tree, 'good')], { within: tree });
  expect(good.missing).toEqual([]);
  expect(good.libraries).toContain(join(tree, 'lib/libf.so'));
  const bad = await listLibraries([join(tree, 'bad')], { within: tree });
  expect(bad.missing).toEqual(['libf.so']);
  expect(bad.libraries.filter((file) => file.startsWith(`${host}x`))).toEqual([]);
  // The same binary as a program of the machine is trusted.
  expect((await listLibraries([join(tree, 'bad')])).libraries).toContain(join(`${host}x`, 'libf.so'));
});
