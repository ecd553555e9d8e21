import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess } from '../../src/commands/main.ts';
import { findProgram, findRuntimeProgram, trustPath } from '../../src/host/find-program.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-path-'));
afterAll(() => rmSync(directory, { recursive: true }));

const inside = (name: string, mode = 0o755): string => {
  const dir = join(directory, name);
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, mode);
  return dir;
};
const trusted = (path: string[], workspace = '/nowhere'): string[] => {
  const env = { PATH: path.join(delimiter) };
  trustPath(env, workspace);
  return env.PATH.split(delimiter);
};

it.each([
  ['/repo/node_modules/.bin:/usr/bin:/bin', '/usr/bin:/bin'],
  ['/usr/bin:/repo/node_modules', '/usr/bin'],
  ['/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin:/usr/bin', '/usr/bin'],
  ['.:bin::/usr/bin:', '/usr/bin'],
  ['/tmp:/usr/bin', '/usr/bin'],
  ['/no/such/bin:/usr/bin', '/usr/bin'],
])('%s is looked through as %s', (path, kept) => {
  const env = { PATH: path };
  trustPath(env);
  expect(env.PATH).toBe(kept);
});

it('an administrator’s directory is kept, and one that others may write to is not', () => {
  const [own, open, ofGroup] = [inside('own'), inside('open', 0o777), inside('group', 0o775)];
  chownSync(ofGroup, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  expect(trusted([own, open, ofGroup, '/usr/bin'])).toEqual([own, ofGroup, '/usr/bin']);
});

it('a directory of the workspace is not looked through, by whatever name, from wherever in its repository', () => {
  const bin = inside('repo/.venv/bin');
  mkdirSync(join(directory, 'repo/.git'), { recursive: true });
  const functions = inside('repo/functions');
  const [link, beside] = [join(directory, 'link'), inside('repository/bin')];
  symlinkSync(bin, link);
  expect(trusted([bin, beside, link, '/usr/bin'], functions)).toEqual([beside, '/usr/bin']);
});

it('what a function is made of may come from a tool cache that others write to, but not from the workspace', () => {
  const [cache, bin] = [inside('cache/bin', 0o777), inside('cached/.venv/bin')];
  const before = process.env['PATH'];
  for (const dir of [cache, bin]) writeFileSync(join(dir, 'isogate-python'), '#!/bin/sh\n', { mode: 0o755 });
  process.env['PATH'] = [bin, cache, '/usr/bin'].join(delimiter);
  try {
    trustPath(process.env, join(directory, 'cached'));
    expect(process.env['PATH']).toBe('/usr/bin');
    expect(findProgram('isogate-python')).toBeNull();
    expect(findRuntimeProgram('isogate-python')).toBe(join(cache, 'isogate-python'));
  } finally {
    process.env['PATH'] = before;
  }
});

it.runIf(process.getuid?.() === 0)('root does not look through what belongs to another user', () => {
  const dir = inside('others');
  chownSync(dir, 1_900_000_000, 1_900_000_000);
  expect(trusted([dir, '/usr/bin'])).toEqual(['/usr/bin']);
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
