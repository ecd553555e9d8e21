import { readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listLibraries } from '../../../src/image/runtime/list-libraries.ts';
import { readElf } from '../../../src/image/runtime/read-elf.ts';
import { openWorkshop, type Workshop } from '../workshop.ts';

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
