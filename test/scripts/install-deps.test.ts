import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

const A = { version: '1.0.0', integrity: 'sha512-a' };
const OTHER_PLATFORM = { version: '2.0.0', integrity: 'sha512-b', optional: true };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-deps-'));
  for (const name of ['scripts', 'node_modules', 'bin']) mkdirSync(join(directory, name));
  cpSync(join(import.meta.dirname, '../../scripts/install-deps'), join(directory, 'scripts/install-deps'));
  writeFileSync(join(directory, 'bin/npm'), `#!/bin/sh\necho "$@" >> '${directory}/npm.log'\n`);
  chmodSync(join(directory, 'bin/npm'), 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What npm was asked for, given the packages of the lock file and those installed. */
async function npmCalls(wanted: object, installed: object | null): Promise<string> {
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  const hidden = join(directory, 'node_modules/.package-lock.json');
  if (installed !== null) writeFileSync(hidden, JSON.stringify({ packages: installed }));
  await execa(join(directory, 'scripts/install-deps'), { env: { PATH: `${directory}/bin:${process.env['PATH']}` } });
  const log = join(directory, 'npm.log');
  return existsSync(log) ? readFileSync(log, 'utf8') : '';
}

it('leaves node_modules alone when it holds what the lock file lists, other platforms aside', async () => {
  expect(await npmCalls({ 'node_modules/a': A, 'node_modules/b': OTHER_PLATFORM }, { 'node_modules/a': A })).toBe('');
});

it.each([
  ['nothing is installed', null],
  ['a package is missing', {}],
  ['a package is another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-c' } }],
  ['a package is not in the lock file', { 'node_modules/a': A, 'node_modules/c': A }],
])('runs npm ci when %s', async (_, installed) => {
  expect(await npmCalls({ 'node_modules/a': A }, installed)).toBe('ci --no-progress\n');
});
