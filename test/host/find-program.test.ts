import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess } from '../../src/commands/main.ts';
import { findProgram, trustPath } from '../../src/host/find-program.ts';

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
    process.argv = ['node', 'isogate', 'help'];
    await runProcess(new URL('file:///nowhere/'));
    expect(process.env['PATH']).not.toContain('node_modules');
  } finally {
    process.env['PATH'] = before.path;
    process.argv = before.argv;
    process.exitCode = before.exitCode;
    for (const one of process.listeners('uncaughtException'))
      if (!listeners.includes(one)) process.off('uncaughtException', one);
  }
});

describe('a program', () => {
  const [first, second] = [join(directory, 'first'), join(directory, 'second')];
  const place = (dir: string, name: string, mode: number): string => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, name), '#!/bin/sh\n', { mode });
    return join(dir, name);
  };
  let path: string | undefined;
  beforeEach(() => {
    path = process.env['PATH'];
    process.env['PATH'] = [first, second].join(delimiter);
  });
  afterEach(() => {
    process.env['PATH'] = path;
  });

  it('is a file that may be executed: directories and other files of its name are passed over', () => {
    mkdirSync(join(first, 'isogate-directory'), { recursive: true });
    place(first, 'isogate-text', 0o644);
    const found = [place(second, 'isogate-directory', 0o755), place(second, 'isogate-text', 0o755)];
    expect([findProgram('isogate-directory'), findProgram('isogate-text')]).toEqual(found);
  });

  it('is never one of node_modules, and null where there is none', () => {
    process.env['PATH'] = join(directory, 'node_modules');
    place(join(directory, 'node_modules'), 'isogate-dependency', 0o755);
    expect(findProgram('isogate-dependency')).toBeNull();
  });

  it('is also looked for where the caller says', () => {
    const more = join(directory, 'more');
    const program = place(more, 'isogate-elsewhere', 0o755);
    expect([findProgram('isogate-elsewhere'), findProgram('isogate-elsewhere', [more])]).toEqual([null, program]);
  });
});
