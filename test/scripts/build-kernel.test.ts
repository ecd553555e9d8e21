import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = new URL('../../scripts/build-kernel', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'isogate-build-kernel-'));
afterAll(() => rmSync(dir, { recursive: true }));

const build = (...args: string[]) => execa(SCRIPT, args, { reject: false, stdin: 'ignore' });

describe('kernel:build', () => {
  it.each([
    [['--fast'], 'build-kernel: unknown argument --fast: accepted are --to DIR, --check, --force'],
    [['--to'], 'build-kernel: --to needs a directory'],
    [['--to', 'here'], 'build-kernel: --to takes an absolute path, got here'],
  ])('refuses %j', async (args, message) => {
    expect(await build(...args)).toMatchObject({ exitCode: 2, stderr: message });
  });
});
