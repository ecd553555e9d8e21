import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findNode } from '../../../src/image/runtime/find-runtimes.ts';

let directory: string;
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'isogate-node-')));
});
afterAll(() => rmSync(directory, { recursive: true }));

it('takes the Node that is named, and not the one on PATH', async () => {
  const other = join(directory, 'node');
  copyFileSync(process.execPath, other);
  const { program, interpreter, version, prefixes } = await findNode(other);
  expect([program, interpreter, version]).toEqual([other, other, process.versions.node]);
  expect(prefixes).not.toContain('/usr');
  expect((await findNode()).program).not.toBe(other);
});
