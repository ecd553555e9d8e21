/** Variables of a function are the same in every isolation, and their values lie nowhere on the host. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage } from '../../src/image/build-image.ts';
import type { FunctionConfig } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { functionConfig, writeTree } from '../image/workshop.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { noDaemon, openDaemon, type PrivateDaemon } from '../support/private-daemon.ts';

const START_MS = 180_000;
const SECRET = 'key-of-the-runner\nwith a second line ü';
const LITERAL = 'literal-of-the-file';
const ENV = { literal: { STAGE: LITERAL, TZ: 'Europe/Vienna' }, fromRunner: ['API_KEY'], taken: { API_KEY: SECRET } };

const HANDLER = 'export const handler = () => process.env;\n';
const PYTHON = 'import os\ndef handler(event):\n    return dict(os.environ)\n';
const COMMAND = `const { createInterface } = require('node:readline');
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
say({ type: 'ready', runtime: 'env', version: '1' });
createInterface({ input: process.stdin }).on('line', (line) =>
  say({ id: JSON.parse(line).id, ok: true, result: process.env, ns: Array(JSON.parse(line).repeat).fill(0) }));
`;
const SERVER = `require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.end(JSON.stringify(process.env)));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const MODES: Record<string, Partial<FunctionConfig>> = {
  node: { handler: { file: 'index.mjs', export: 'handler' } },
  python: { runtime: 'python', handler: { file: 'app.py', export: 'handler' } },
  command: { runtime: 'command', command: ['node', 'command.cjs'] },
  http: {
    runtime: 'http',
    command: ['node', 'server.cjs'],
    http: { port: 8080, path: '/', method: 'POST', headers: {}, ready: null },
  },
};

let bench: NullBench;
let daemon: PrivateDaemon | null = null;
const work = mkdtempSync(join(tmpdir(), 'isogate-env-'));
const images: Record<string, FunctionImage> = {};

beforeAll(async () => {
  bench = await openNullBench(true);
  if (noDaemon() === null) {
    daemon = await openDaemon();
    process.env['DOCKER_HOST'] = daemon.host;
  }
  const files = { 'index.mjs': HANDLER, 'app.py': PYTHON, 'command.cjs': COMMAND, 'server.cjs': SERVER };
  const directory = writeTree(join(work, 'fn'), files);
  for (const [mode, more] of Object.entries(MODES))
    images[mode] = await buildImage({
      function: functionConfig(directory, { ...more, env: ENV }),
      resources: RESOURCES,
      cacheDir: bench.cacheDir,
      guestDir: GUEST_DIR,
      kernel: bench.image.vm?.kernel ?? null,
      log: () => {},
    });
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench?.end();
  delete process.env['DOCKER_HOST'];
  await daemon?.close();
  rmSync(work, { recursive: true, force: true });
  if (bench) expect(leftovers(bench.claim.runId)).toEqual([]);
}, 60_000);

/** Command lines of all processes of the machine. */
const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

/** Files below a directory that hold the text. */
const filesWith = (text: string, directory: string): string => {
  try {
    return execFileSync('grep', ['-rlFa', '-e', text, directory], { encoding: 'utf8' });
  } catch (error) {
    if ((error as { status?: number }).status === 1) return '';
    throw error;
  }
};

const ARMS = ['native', 'bubblewrap', 'runc', 'crun', 'gvisor'] as IsolationType[];
const SLOW_ARMS = ['docker', 'podman', 'qemu-microvm', 'qemu-q35'] as IsolationType[];
const ROWS = ARMS.flatMap((type) => Object.keys(MODES).map((mode): [IsolationType, string] => [type, mode])).concat(
  SLOW_ARMS.map((type) => [type, 'node']),
);

test.for(ROWS)('%s, %s: gets them by its channel alone', { timeout: START_MS }, async ([type, mode], context) => {
  const { reason } = await isolationOf(type).probe();
  if (reason !== null) return context.skip(reason);
  const image = images[mode] as FunctionImage;
  const isolation = isolationOf(type);
  const started = bench.claim.nextContext(START_MS);
  await isolation.prepare?.(image, started);
  const instance = await isolation.start(image, RESOURCES, started);
  try {
    const reply = await instance.invoke({}, 1, START_MS);
    if (!reply.ok) throw new Error(reply.error.message);
    const seen = mode === 'http' ? JSON.parse((reply.result as { body: string }).body) : reply.result;
    const { PATH: _, ISOGATE_CHANNEL: __, LC_CTYPE: ___, ...rest } = seen as Record<string, string>;
    expect(rest).toEqual({
      ...{ HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8', TZ: 'Europe/Vienna', STAGE: LITERAL, API_KEY: SECRET },
      ...(mode === 'http' && { PORT: '8080' }),
    });
    expect(commandLines()).not.toContain(SECRET.slice(0, 17));
    expect(commandLines()).not.toContain(LITERAL);
    for (const directory of [started.instanceDir, bench.cacheDir])
      for (const value of [SECRET.slice(0, 17), LITERAL]) expect(filesWith(value, directory)).toBe('');
    expect((await instance.evidence()).contradictions).toEqual([]);
  } finally {
    await instance.stop();
  }
});

test('a literal value and a name of the runner’s count in the image’s digest, a value of the runner’s does not', async () => {
  const digestWith = async (env: FunctionConfig['env']): Promise<string> => {
    const { digest } = await buildImage({
      function: functionConfig(join(work, 'fn'), { ...MODES['node'], env }),
      ...{ resources: RESOURCES, cacheDir: bench.cacheDir, guestDir: GUEST_DIR, kernel: null, log: () => {} },
    });
    return digest;
  };
  const digest = await digestWith(ENV);
  expect(await digestWith({ ...ENV, taken: { API_KEY: 'another' } })).toBe(digest);
  expect(await digestWith({ ...ENV, literal: { ...ENV.literal, STAGE: 'another' } })).not.toBe(digest);
  expect(await digestWith({ ...ENV, fromRunner: ['API_KEY', 'MORE'] })).not.toBe(digest);
});
