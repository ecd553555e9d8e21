import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { versionAsker } from '../../src/commands/init/language-version.ts';

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
