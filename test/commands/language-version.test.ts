import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { FoundFunction } from '../../src/commands/init/found-function.ts';
import { versionAsker, withVersionNotes } from '../../src/commands/init/language-version.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-version-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const ask = versionAsker({ isRoot: false, guestDir: '/nowhere' });

it('asks a program for its version', async () => {
  expect(await ask(process.execPath, ['--version'])).toEqual({ ok: true, stdout: process.version });
});

it('one that takes gigabytes for an answer gets none of them', async () => {
  const program = join(directory, 'greedy');
  writeFileSync(program, '#!/usr/bin/python3\nx = bytearray(2 * 2**30)\nprint("Python 9.9.9")\n', { mode: 0o755 });
  expect(await ask(program, ['--version'])).toEqual({ ok: false, reason: 'failed' });
});

it('names another version of the language than that of the platform', async () => {
  const answers: Record<string, string> = { node: 'v20.1.2', python3: 'Python 3.11.7' };
  const one = (name: string, runtime: string | null) => ({ name, runtime, notes: [] }) as unknown as FoundFunction;
  const found = [
    one('A', 'python3.12'),
    one('B', 'python3.11'),
    one('C', 'nodejs22.x'),
    one('D', 'nodejs20.x'),
    one('E', 'java21'),
    one('F', null),
  ];
  const noted = await withVersionNotes(found, async (program) => ({
    ok: true,
    stdout: answers[basename(program)] ?? '',
  }));
  expect(noted.map(({ name, notes }) => [name, ...notes])).toEqual([
    ['A', 'runtime python3.12: this machine runs it by Python 3.11.7'],
    ['B'],
    ['C', 'runtime nodejs22.x: this machine runs it by Node.js 20.1.2'],
    ['D'],
    ['E'],
    ['F'],
  ]);
});
