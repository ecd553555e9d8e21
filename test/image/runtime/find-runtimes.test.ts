import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AskProgram } from '../../../src/image/runtime/ask-program.ts';
import { findNode } from '../../../src/image/runtime/find-runtimes.ts';

/** Not confined, for which it would take root. */
const askDirectly: AskProgram = async (program, args) => {
  const { stdout } = await execa(program, args);
  return { ok: true, stdout };
};

let directory: string;
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-node-')));
});
afterAll(() => rmSync(directory, { recursive: true }));

it('takes the Node that is named, and not the one on PATH', async () => {
  const other = join(directory, 'node');
  copyFileSync(process.execPath, other);
  const { program, interpreter, version, prefixes } = await findNode(askDirectly, other);
  expect([program, interpreter, version]).toEqual([other, other, process.versions.node]);
  expect(prefixes).not.toContain('/usr');
  expect((await findNode(askDirectly)).program).not.toBe(other);
});

it.each([
  ['no JSON', 'v20'],
  ['no path', '["node","20.1.0"]'],
  ['a version that is none', '["/usr/bin/node","20\\u0000"]'],
])('refuses what answers with %s', async (_, stdout) => {
  await expect(findNode(async () => ({ ok: true, stdout }), '/usr/bin/node')).rejects.toThrow(
    '/usr/bin/node is not a working Node.js: it answers',
  );
});

it('says why a program gave no answer', async () => {
  const asked = findNode(async () => ({ ok: false, reason: 'took longer than 60 seconds' }), '/usr/bin/node');
  await expect(asked).rejects.toThrow('/usr/bin/node is not a working Node.js: took longer than 60 seconds');
});
