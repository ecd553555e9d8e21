import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate start '));
  mkdirSync(join(directory, 'scripts'));
  mkdirSync(join(directory, 'dist'));
  cpSync(join(import.meta.dirname, '../../scripts/start'), join(directory, 'scripts/start'));
  writeFileSync(join(directory, 'scripts/setup-runner'), '#!/bin/sh\necho the plan\nexit 1\n');
  chmodSync(join(directory, 'scripts/setup-runner'), 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

const start = (...args: string[]) => execa(join(directory, 'scripts/start'), args, { reject: false });

it('runs the gate on the fixtures even after an incomplete set-up, passing arguments and exit code on', async () => {
  writeFileSync(
    join(directory, 'dist/cli.js'),
    'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;',
  );
  const { exitCode, stdout, stderr } = await start('--out', 'a b');
  expect(JSON.parse(stdout)).toEqual(['gate', '--config', 'fixtures/isogate.yml', '--out', 'a b']);
  expect(stderr).toContain('the plan');
  expect(stderr).toContain('start: set-up is incomplete');
  expect(exitCode).toBe(3);
});

it('leaves PATH as it is, so that functions have the interpreters that they have with the gate', async () => {
  writeFileSync(join(directory, 'dist/cli.js'), 'console.log(JSON.stringify([process.env.PATH, process.execPath]));');
  const path = `/pyenv/shims:${join(directory, 'node_modules/.bin')}:/usr/bin:/bin`;
  // A Node that a dependency has brought.
  mkdirSync(join(directory, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(directory, 'node_modules/.bin/node'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
  const { stdout, exitCode } = await execa(join(directory, 'scripts/start'), [], {
    env: { PATH: path, npm_node_execpath: process.execPath },
    reject: false,
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual([path, process.execPath]);
});

it('says what to do when dist has not been built', async () => {
  const { exitCode, stderr } = await start();
  expect(stderr).toContain('start: dist/cli.js is missing: npm ci && npm run build');
  expect(exitCode).toBe(5);
});
