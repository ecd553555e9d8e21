import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listLibraries } from '../../../src/image/runtime/list-libraries.ts';
import { readElf, readElfNotes } from '../../../src/image/runtime/read-elf.ts';
import { openWorkshop, type Workshop, writeTree } from '../workshop.ts';
import { elfFile } from './elf-file.ts';

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

describe('a file that names more than any real one', () => {
  const numbered = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}${index}`);
  const listOf = (files: Record<string, Buffer>, signal?: AbortSignal) => {
    const dir = writeTree(join(shop.dir, `tree-${Math.random()}`), { '.keep': '' });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(dir, name), bytes);
    const within = { dir, mountedAt: '/function' };
    return listLibraries(
      Object.keys(files).map((name) => join(dir, name)),
      { within, signal },
    );
  };

  it('is followed up to the limits, each library and place once', async () => {
    const needed = [...numbered(256, 'lib'), 'lib0', 'lib1'];
    const runPaths = [numbered(64, '$ORIGIN/').join(':'), '$ORIGIN/0:$ORIGIN/1'];
    const { missing } = await listOf({ 'a.so': elfFile({ needed, runPaths, segments: 126, notes: 5000 }) });
    expect(missing).toHaveLength(256);
  });

  it.each([
    ['257 needed libraries; accepted: at most 256', { needed: numbered(257, 'lib') }],
    ['65 search paths; accepted: at most 64', { runPaths: [numbered(65, '$ORIGIN/').join(':')] }],
    ['65 search paths; accepted: at most 64', { runPaths: numbered(65, '$ORIGIN/') }],
    ['129 segments; accepted: at most 128', { segments: 127 }],
  ])('is refused: %s', async (what, parts) => {
    const error: Error = await listOf({ 'a.so': elfFile(parts) }).catch((thrown) => thrown);
    expect(`${error.name}: ${error.message}`).toBe(
      `BadInputError: a.so has ${what}: leave it out with exclude, or link it anew`,
    );
  });

  it('is refused for the places that many such files name together', async () => {
    const file = elfFile({ needed: numbered(256, 'lib'), runPaths: [numbered(64, '$ORIGIN/').join(':')] });
    const files = Object.fromEntries(numbered(20, 'lib.so.').map((name) => [name, file]));
    await expect(listOf(files)).rejects.toThrow('has more than 200000 places to look for libraries in: leave it out');
  });

  it('is left when the run is ended', async () => {
    const file = elfFile({ needed: numbered(256, 'lib') });
    await expect(listOf({ 'a.so': file }, AbortSignal.abort(new Error('ended')))).rejects.toThrow('ended');
  });

  it('gives its first notes only', () => {
    expect(readElfNotes(elfFile({ segments: 100, notes: 5000 }))).toHaveLength(64);
    expect(readElfNotes(elfFile({ segments: 2, notes: 3 }))).toEqual(Array(6).fill({ owner: '', type: 0 }));
    expect(readElfNotes(Buffer.alloc(70))).toEqual([]);
  });
});
