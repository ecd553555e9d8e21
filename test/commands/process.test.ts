import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaNode } from 'execa';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';

let directory: string;
let cli: string;
let waits: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-cli-'));
  const build = await rolldown({
    input: { cli: 'src/cli.ts', waits: 'test/support/waits-for-signal.ts' },
    platform: 'node',
    transform: { define: { __ISOGATE_VERSION__: '"1.2.3"' } },
  });
  await build.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' });
  await build.close();
  cli = join(directory, 'cli.mjs');
  waits = join(directory, 'waits.mjs');
});
afterAll(() => rmSync(directory, { recursive: true }));

const run = (...argv: string[]) => execaNode(cli, argv, { reject: false });

test.each(['--version', '-V'])('%s', async (option) => {
  expect(await run(option)).toMatchObject({ exitCode: 0, stdout: '1.2.3', stderr: '' });
});

test('results go to stdout, complaints to stderr', async () => {
  expect(await run('--help')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await run('gat')).toMatchObject({
    exitCode: 4,
    stdout: '',
    stderr: expect.stringMatching(/^isogate: [^\n]*'gat'[^\n]*$/),
  });
});

test('no text from a file makes a workflow command or moves the cursor', async () => {
  const path = join(directory, 'no\n::error title=forged::samples\u001b[2K.jsonl');
  const { exitCode, stderr } = await run('replay', path);
  expect(exitCode).toBe(4);
  expect(stderr).toContain('no ::error title=forged::samples\\u{1b}[2K.jsonl');
  expect(stderr.split('\n')).toHaveLength(1);
});

test('a reader that goes away changes neither code nor stderr', async () => {
  const files = Array.from({ length: 40 }, () => 'fixtures/samples/fail.jsonl');
  const child = execaNode(cli, ['replay', '--json', ...files], { reject: false, buffer: { stdout: false } });
  child.stdout?.destroy();
  expect(await child).toMatchObject({ exitCode: 1, stderr: '' });
});

test('a full disk behind stdout is an internal error', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [cli, '--help'], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  expect(status).toBe(5);
  expect(stderr.toString()).toContain('isogate: internal error: ');
});

const stopping = async (mode: string, signals: NodeJS.Signals[]) => {
  const child = execaNode(waits, [mode], { reject: false });
  for (const signal of signals) {
    await new Promise((done) => child.stdout?.once('data', done));
    child.kill(signal);
  }
  return child;
};

test.each(['SIGINT', 'SIGTERM'] as const)('the first %s lets the run finish', async (signal) => {
  const { exitCode, stdout, stderr } = await stopping('once', [signal]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `started\nstopping: stopped by ${signal}\nfinished` });
  expect(stderr).toBe(`${signal}: stopping, then deciding on what was measured; once more to stop at once`);
});

test('the second one ends the process with 130', async () => {
  const { exitCode, stdout } = await stopping('twice', ['SIGTERM', 'SIGINT']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: 'started\nstopping: stopped by SIGTERM' });
});
