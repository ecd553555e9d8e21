import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = new URL('../../scripts/build-kernel', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'isogate-build-kernel-'));
afterAll(() => rmSync(dir, { recursive: true }));

const build = (...args: string[]) => execa(SCRIPT, args, { reject: false, stdin: 'ignore' });

describe('kernel:build', () => {
  it('--check says what is missing, and makes nothing', async (context) => {
    const { stdout } = await execa('apt-cache', ['pkgnames', 'linux-source-'], { reject: false });
    if (!/^linux-source-\d/m.test(stdout)) return context.skip('apt knows no package linux-source-VERSION here');
    const to = join(dir, 'kernel');
    const result = await build('--to', to, '--check');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(
      new RegExp(
        `^missing +${to} is not there or was built from something else than linux-source-[0-9.]+ \\S+: npm run kernel:build$`,
      ),
    );
    expect(existsSync(to)).toBe(false);
  });

  it('leaves the file of its lock, which others may be waiting for', async (context) => {
    const { stdout } = await execa('apt-cache', ['pkgnames', 'linux-source-'], { reject: false });
    if (!/^linux-source-\d/m.test(stdout)) return context.skip('apt knows no package linux-source-VERSION here');
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    // Ends the build where it would download.
    writeFileSync(join(bin, 'apt-get'), '#!/bin/sh\necho no network; exit 1\n', { mode: 0o755 });
    const to = join(dir, 'locked');
    const run = () =>
      execa(SCRIPT, ['--to', to], { reject: false, stdin: 'ignore', env: { PATH: `${bin}:${process.env['PATH']}` } });
    expect((await run()).exitCode).toBe(1);
    const first = statSync(`${to}.lock`).ino;
    expect((await run()).exitCode).toBe(1);
    expect(statSync(`${to}.lock`).ino).toBe(first);
    expect(readdirSync(dir).filter((name) => name.startsWith('locked'))).toEqual(['locked.lock']);
  });
});
