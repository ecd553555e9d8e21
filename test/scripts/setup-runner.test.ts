import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/setup-runner');
const run = (file: string, args: string[]) => execa(file, args, { reject: false, all: true });

describe('setup-runner', () => {
  it('refuses an unknown argument', async () => {
    const { exitCode, stderr } = await run(SCRIPT, ['--frob']);
    expect(stderr).toContain('setup-runner: unknown argument --frob');
    expect(stderr).toContain('--check');
    expect(exitCode).toBe(2);
  });
});
