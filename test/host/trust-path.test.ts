import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runProcess } from '../../src/commands/run-process.ts';
import { findProgram } from '../../src/host/find-program.ts';
import { trustPath } from '../../src/host/trust-path.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-path-'));
afterAll(() => rmSync(directory, { recursive: true }));

it.each([
  ['/repo/node_modules/.bin:/usr/bin:/bin', '/usr/bin:/bin'],
  ['/usr/bin:/repo/node_modules', '/usr/bin'],
  ['/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin:/usr/bin', '/usr/bin'],
  ['.:bin::/usr/bin:', '/usr/bin'],
  ['/opt/my_node_modules/bin:/usr/bin', '/opt/my_node_modules/bin:/usr/bin'],
])('%s is looked through as %s', (path, kept) => {
  const env = { PATH: path };
  trustPath(env);
  expect(env.PATH).toBe(kept);
});

it('programs that a repository’s dependencies brought are not found, once the command line runs', async () => {
  const bin = join(directory, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'runc'), '#!/bin/sh\n', { mode: 0o755 });
  const before = { path: process.env['PATH'], argv: process.argv, exitCode: process.exitCode };
  const listeners = process.listeners('uncaughtException');
  process.env['PATH'] = `${bin}:${before.path}`;
  try {
    expect(findProgram('runc')).toBe(join(bin, 'runc'));
    process.argv = ['node', 'isogate', 'help'];
    await runProcess(new URL('file:///nowhere/'));
    expect(findProgram('runc')).not.toBe(join(bin, 'runc'));
  } finally {
    process.env['PATH'] = before.path;
    process.argv = before.argv;
    process.exitCode = before.exitCode;
    for (const one of process.listeners('uncaughtException'))
      if (!listeners.includes(one)) process.off('uncaughtException', one);
  }
});
